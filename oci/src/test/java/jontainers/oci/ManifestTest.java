package jontainers.oci;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/// Documents of images: what is read, and what is refused since it could be read in two ways.
class ManifestTest {
  private static final String HEX = "a".repeat(64);
  private static final String CHILD =
      "{\"mediaType\":\"%s\",\"digest\":\"sha256:" + HEX + "\",\"size\":7}";
  private static final String CONFIG = CHILD.formatted(MediaTypes.CONFIG);
  private static final String LAYER = CHILD.formatted(MediaTypes.LAYER_ZSTD);

  @Test
  void a_manifest_names_its_configuration_and_its_layers() {
    var manifest =
        Manifest.parse(
            bytes(
                "{\"schemaVersion\":2,\"config\":"
                    + CONFIG
                    + ",\"layers\":["
                    + LAYER
                    + "],\"subject\":"
                    + CHILD.formatted(MediaTypes.MANIFEST)
                    + ",\"artifactType\":\"a/b\",\"unknown\":[{}]}"));

    assertThat(manifest.children())
        .extracting(Descriptor::mediaType)
        .containsExactly(MediaTypes.CONFIG, MediaTypes.LAYER_ZSTD);
    assertThat(manifest.children()).extracting(Descriptor::size).containsOnly(7L);
    assertThat(manifest.subject()).isNotNull();
    assertThat(manifest.artifactType()).isEqualTo("a/b");
    assertThat(Manifest.parse(bytes(manifest.toJson()))).isEqualTo(manifest);
  }

  /// As Go writes `&`.
  @Test
  void names_of_annotations_may_have_escapes() {
    String json =
        "{\"schemaVersion\":2,\"layers\":[],\"config\":"
            + CONFIG
            + ",\"annotations\":{\"a\\u0026b\\n\\/\":\"1\",\"c\\\\n\\\"\":\"2\"}}";
    var manifest = Manifest.parse(bytes(json));

    assertThat(manifest.annotations()).containsOnlyKeys("a&b\n/", "c\\n\"");
    assertThat(Manifest.parse(bytes(manifest.toJson()))).isEqualTo(manifest);
    assertThatThrownBy(() -> Manifest.parse(bytes(json.replace("u0026", "x0026"))))
        .isInstanceOf(OciFormatException.class);
    assertThatThrownBy(() -> Manifest.parse(bytes(json.replace("u0026", "u00g6"))))
        .isInstanceOf(OciFormatException.class);
  }

  @Test
  void an_index_names_a_manifest_for_each_platform() {
    var index =
        Index.parse(
            bytes(
                """
                {"schemaVersion":2,"mediaType":"%s","manifests":[
                  {"mediaType":"%s","digest":"sha256:%s","size":1,
                   "platform":{"os":"linux","architecture":"arm","variant":"v7",
                               "os.version":"1","os.features":["x"]}}]}
                """
                    .formatted(MediaTypes.DOCKER_INDEX, MediaTypes.DOCKER_MANIFEST, HEX)));

    var platform = new Platform("arm", "linux", "1", List.of("x"), "v7");
    assertThat(index.manifests()).extracting(Descriptor::platform).containsExactly(platform);
    assertThat(platform).hasToString("linux/arm/v7");
    assertThat(Index.parse(bytes(index.toJson()))).isEqualTo(index);
  }

  @Test
  void an_empty_index_is_an_index() {
    assertThat(Index.parse(bytes(Index.of(List.of()).toJson())).manifests()).isEmpty();
  }

  @Test
  void what_could_be_read_in_two_ways_is_refused() {
    refused(
        "{\"schemaVersion\":2,\"config\":" + CONFIG + ",\"layers\":[],\"manifests\":[]}",
        "ambiguous");
    refused(
        "{\"schemaVersion\":2,\"mediaType\":\"" + MediaTypes.INDEX + "\",\"layers\":[]}",
        "contradicts itself");
    refused(
        "{\"schemaVersion\":2,\"mediaType\":\"" + MediaTypes.MANIFEST + "\",\"manifests\":[]}",
        "contradicts itself");
    refused("{\"schemaVersion\":2}", "neither layers nor manifests");
    refused("{\"schemaVersion\":1,\"fsLayers\":[]}", "schema 1");
    refused("{\"schemaVersion\":3,\"config\":" + CONFIG + ",\"layers\":[]}", "not 2");
    refused("{\"schemaVersion\":2,\"layers\":[]}", "manifest.config is missing");
    refused("[".repeat(100_000), "nested deeper than 64");
    refused("{\"config\":\"" + "[".repeat(100), "manifest is not valid");
  }

  @Test
  void a_descriptor_has_a_digest_and_a_length() {
    refused(
        "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"a/b\",\"size\":1,\"digest\":\"md5:00\"},"
            + "\"layers\":[]}",
        "algorithm other than");
    refused(
        "{\"schemaVersion\":2,\"config\":" + CONFIG.replace("7", "-7") + ",\"layers\":[]}",
        "negative");
    refused(
        "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"a/b\",\"size\":1},\"layers\":[]}",
        "descriptor.digest is missing");
  }

  @Test
  void a_configuration_is_written_as_docker_does() {
    var config =
        ImageConfig.parse(
            bytes(
                """
                {"architecture":"amd64","os":"linux","created":"2026-01-01T00:00:00Z",
                 "config":{"User":"web","ExposedPorts":{"80/tcp":{}},"Env":["A=b"],
                   "Entrypoint":null,"Cmd":["sh"],"Volumes":{"/d":{}},"WorkingDir":"/w",
                   "Labels":{"a":"b"},"StopSignal":"SIGINT","StopTimeout":3,
                   "Healthcheck":{"Test":["CMD","true"],"Interval":30000000000,"Retries":2}},
                 "rootfs":{"type":"layers","diff_ids":["sha256:%s"]},
                 "history":[{"created_by":"RUN x","empty_layer":true}]}
                """
                    .formatted(HEX)));

    assertThat(config.config().entrypoint()).isEmpty();
    assertThat(config.config().cmd()).containsExactly("sh");
    assertThat(config.config().exposedPorts()).containsExactly("80/tcp");
    assertThat(config.config().healthcheck()).isNotNull();
    assertThat(config.rootfs().digests()).containsExactly(Digest.parse("sha256:" + HEX));
    assertThat(config.history()).first().matches(ImageConfig.History::emptyLayer);
    assertThat(config.toJson()).contains("\"80/tcp\"", "\"WorkingDir\"", "\"diff_ids\"");
    assertThat(ImageConfig.parse(bytes(config.toJson()))).isEqualTo(config);
  }

  private static void refused(String json, String why) {
    assertThatThrownBy(
            () -> {
              if (ManifestKind.of(bytes(json)) == ManifestKind.INDEX) {
                Index.parse(bytes(json));
              } else {
                Manifest.parse(bytes(json));
              }
            })
        .isInstanceOf(OciFormatException.class)
        .hasMessageContaining(why);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
