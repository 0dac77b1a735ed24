package jontainers.image.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jontainers.image.ImageException;
import jontainers.image.ImageStore;
import jontainers.image.content.ContentStore;
import jontainers.image.content.Images;
import jontainers.image.layer.Privilege;
import jontainers.image.name.Reference;
import jontainers.image.name.RegistryConfig;
import jontainers.image.tar.Tar;
import jontainers.oci.Descriptor;
import jontainers.oci.Index;
import jontainers.oci.Manifest;
import jontainers.oci.MediaTypes;
import jontainers.oci.Platform;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Indexes that Docker 28.5 pulls: in one another, with manifests of no platform or of one without
/// an operating system, beside what is no image at all.
class UnusualIndexesTest {
  private static final Platform AMD64 = Platform.of("linux", "amd64", null);
  private static final Images IMAGE = Images.amd64(100);
  private static final Images ARM = Images.image(Platform.of("linux", "arm64", null), 50);
  private static final Descriptor OTHER =
      Descriptor.of("application/vnd.example.unknown.v1+json", "{\"a\":1}".getBytes(UTF_8));

  @TempDir private Path directory;
  private FaultyRegistry registry;
  private ContentStore store;

  @BeforeEach
  void open() throws Exception {
    registry = new FaultyRegistry();
    registry.put("a/b", "amd64", IMAGE);
    registry.put("a/b", "arm64", ARM);
    store = ContentStore.open(directory.resolve("store"));
  }

  @AfterEach
  void close() {
    registry.close();
  }

  private Pull.Pulled pull(String tag) throws ImageException {
    return pull(tag, AMD64);
  }

  private Pull.Pulled pull(String tag, Platform platform) throws ImageException {
    var credentials = Credentials.of(directory.resolve("config.json"));
    try (var client =
        RegistryClient.of(RegistryConfig.EMPTY, credentials, Timing.USUAL, Map.of())) {
      return new Pull(client, store, 3)
          .pull(
              Reference.parse(registry.domain() + "/a/b:" + tag),
              PlatformMatch.of(platform),
              TransferListener.NONE);
    }
  }

  private static Descriptor bare(Images image) {
    return Descriptor.of(
        image.manifest().mediaType(), image.manifest().digest(), image.manifest().size());
  }

  private Descriptor index(String tag, Descriptor... manifests) {
    byte[] json = Index.of(List.of(manifests)).toJson().getBytes(UTF_8);
    registry.manifest("a/b", tag, MediaTypes.INDEX, json);
    return Descriptor.of(MediaTypes.INDEX, json);
  }

  private void takesTheImage(String tag) throws Exception {
    assertThat(pull(tag).manifest().digest()).isEqualTo(IMAGE.manifest().digest());
    var _ = store.collect(ContentStore.Dependents.NONE); // what was looked at and passed over
    assertThat(store.fsck()).isEmpty();
    assertThat(store.read(IMAGE.layerDescriptors().getFirst()))
        .isEqualTo(IMAGE.layers().getFirst());
  }

  @Test
  void an_index_in_an_index_is_gone_into() throws Exception {
    var inner = index("inner", ARM.manifest(), IMAGE.manifest());
    index("outer", OTHER, inner);
    takesTheImage("outer");
    index("said", ARM.manifest(), index("bare", bare(IMAGE)).withPlatform(AMD64));
    takesTheImage("said");
  }

  @Test
  void a_manifest_without_a_platform_says_in_its_configuration_what_it_is_for() throws Exception {
    index("bare", bare(ARM), bare(IMAGE));
    takesTheImage("bare");
    index("other", bare(ARM));
    assertThatThrownBy(() -> pull("other")).hasMessageContaining("is not there for linux/amd64");
    index("better", bare(IMAGE), IMAGE.manifest());
    takesTheImage("better");
  }

  @Test
  void a_platform_without_an_operating_system_is_of_linux() throws Exception {
    index("half", ARM.manifest(), bare(IMAGE).withPlatform(Platform.of("", "amd64", null)));
    takesTheImage("half");
  }

  @Test
  void what_is_of_an_unknown_kind_is_passed_over() throws Exception {
    index("kinds", OTHER.withPlatform(AMD64), OTHER, IMAGE.manifest());
    takesTheImage("kinds");
    index("none", OTHER.withPlatform(AMD64));
    assertThatThrownBy(() -> pull("none")).hasMessageContaining("is not there for linux/amd64");
  }

  @Test
  void an_image_that_does_not_say_what_it_is_for_is_for_this_machine() throws Exception {
    byte[] config =
        "{\"config\":{},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}".getBytes(UTF_8);
    var described = Descriptor.of(MediaTypes.CONFIG, config);
    registry.blob("a/b", described, config);
    byte[] manifest = Manifest.of(described, List.of()).toJson().getBytes(UTF_8);
    registry.manifest("a/b", "silent", MediaTypes.MANIFEST, manifest);

    var pulled = pull("silent", PlatformMatch.host().platform());

    assertThat(store.read(pulled.manifest())).isEqualTo(manifest);
    assertThatThrownBy(() -> pull("silent", Platform.of("linux", "s390x", null)))
        .hasMessageContaining("not for linux/s390x");
  }

  @Test
  void an_archive_may_have_an_index_in_an_index_and_unknown_kinds() throws Exception {
    byte[] layer = new Tar().file("f", 0644, "x").bytes();
    var layerAt = Descriptor.of(MediaTypes.LAYER, layer);
    byte[] config =
        ("{\"config\":{},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\""
                + layerAt.digest()
                + "\"]}}")
            .getBytes(UTF_8);
    var configAt = Descriptor.of(MediaTypes.CONFIG, config);
    byte[] manifest = Manifest.of(configAt, List.of(layerAt)).toJson().getBytes(UTF_8);
    byte[] other = "{\"a\":1}".getBytes(UTF_8);
    byte[] inner =
        Index.of(List.of(OTHER, Descriptor.of(MediaTypes.MANIFEST, manifest)))
            .toJson()
            .getBytes(UTF_8);
    byte[] outer =
        Index.of(List.of(OTHER, Descriptor.of(MediaTypes.INDEX, inner))).toJson().getBytes(UTF_8);
    byte[] top =
        Index.of(
                List.of(
                    OTHER,
                    Descriptor.of(MediaTypes.INDEX, outer)
                        .withAnnotation("io.containerd.image.name", "docker.io/library/deep:1")))
            .toJson()
            .getBytes(UTF_8);
    var tar =
        new Tar()
            .file("oci-layout", 0644, "{\"imageLayoutVersion\":\"1.0.0\"}")
            .file("index.json", 0644, new String(top, UTF_8));
    for (byte[] blob : new byte[][] {layer, config, manifest, other, inner, outer}) {
      tar.file(
          "blobs/sha256/" + jontainers.oci.Digest.of(blob).hex(),
          0644,
          new String(blob, java.nio.charset.StandardCharsets.ISO_8859_1));
    }
    var images =
        ImageStore.open(
            directory.resolve("images"), Privilege.ROOTLESS, ImageStore.LayersInUse.NONE);

    var loaded = images.load(new ByteArrayInputStream(tar.bytes()));

    assertThat(loaded).hasSize(1);
    var image = images.get("deep:1");
    assertThat(images.unpack(image).getFirst().fs().resolve("f")).hasContent("x");
    assertThat(images.list()).hasSize(1);
    assertThat(images.fsck()).isEmpty();
    assertThat(Files.exists(directory.resolve("images"))).isTrue();
    assertThat(Set.of(image.id())).containsExactly(configAt.digest());
  }
}
