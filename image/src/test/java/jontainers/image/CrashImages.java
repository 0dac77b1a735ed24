package jontainers.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import jontainers.image.registry.FaultyRegistry;
import jontainers.image.registry.PlatformMatch;
import jontainers.image.tar.Tar;
import jontainers.oci.Descriptor;
import jontainers.oci.Digest;
import jontainers.oci.Index;
import jontainers.oci.Manifest;
import jontainers.oci.MediaTypes;
import jontainers.oci.Platform;

/// A few images that share layers, in archives without an end and in a registry.
final class CrashImages {
  /// How many there are; the last one is an index in the registry.
  static final int COUNT = 3;

  private static final int[] SIZES = {500_000, 250_000, 60_000};
  private static final int FILES = 8;

  private CrashImages() {}

  /// A layer as a tar archive, and as it is sent.
  private record Layer(Digest diffId, byte[] sent) {
    static Layer of(int number, int size) throws IOException {
      var random = new Random(number);
      var tar = new Tar().directory("dir-" + number + "/", 0755);
      for (int i = 0; i < FILES; i++) {
        tar.file("dir-" + number + "/" + i, 0644, text(random, size / FILES));
      }
      byte[] bytes = tar.bytes();
      var out = new ByteArrayOutputStream();
      try (var gzip = new GZIPOutputStream(out)) {
        gzip.write(bytes);
      }
      return new Layer(Digest.of(bytes), out.toByteArray());
    }
  }

  /// Make text of which gzip leaves half.
  static String text(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) ('a' + (bytes[i] & 15));
    }
    return new String(bytes, ISO_8859_1);
  }

  /// Write the archives, and put the images into a registry for owners.
  static void make(Path archives, FaultyRegistry registry, String... owners) throws IOException {
    var shared = Layer.of(0, SIZES[0]);
    for (int i = 0; i < COUNT; i++) {
      var layers =
          List.of(shared, Layer.of(2 * i + 1, SIZES[1]), Layer.of(2 * i + 2, SIZES[i % 3]));
      make(archives, i, layers, registry, owners);
    }
  }

  private static void make(
      Path archives, int number, List<Layer> layers, FaultyRegistry registry, String... owners)
      throws IOException {
    var platform = PlatformMatch.host().platform();
    byte[] config =
        ("{\"architecture\":\"%s\",\"os\":\"linux\",\"config\":{},\"rootfs\":{\"type\":\"layers\","
                + "\"diff_ids\":[%s]}}")
            .formatted(
                platform.architecture(),
                layers.stream().map(l -> "\"" + l.diffId + "\"").collect(Collectors.joining(",")))
            .getBytes(UTF_8);
    var blobs = new ArrayList<byte[]>();
    blobs.add(config);
    layers.forEach(layer -> blobs.add(layer.sent));
    var descriptors =
        layers.stream().map(l -> Descriptor.of(MediaTypes.LAYER_GZIP, l.sent)).toList();
    byte[] manifest =
        Manifest.of(Descriptor.of(MediaTypes.CONFIG, config), descriptors).toJson().getBytes(UTF_8);
    blobs.add(manifest);
    var described = Descriptor.of(MediaTypes.MANIFEST, manifest);
    var tar = new Tar();
    for (byte[] blob : blobs) {
      tar.file("blobs/sha256/" + Digest.of(blob).hex(), 0644, new String(blob, ISO_8859_1));
      for (String owner : owners) {
        registry.blob(owner + "/pulled", Descriptor.of("", blob), blob);
      }
    }
    byte[] whole = tar.bytes();
    Files.write(archives.resolve(number + ".tar"), Arrays.copyOf(whole, whole.length - 1024));
    String paths =
        blobs.subList(1, blobs.size() - 1).stream()
            .map(blob -> "\"blobs/sha256/" + Digest.of(blob).hex() + "\"")
            .collect(Collectors.joining(","));
    Files.writeString(
        archives.resolve(number + ".docker"),
        "[{\"Config\":\"blobs/sha256/%s\",\"RepoTags\":[\"@NAME@\"],\"Layers\":[%s]}]"
            .formatted(Digest.of(config).hex(), paths));
    Files.writeString(
        archives.resolve(number + ".layout"),
        Index.of(List.of(described.withAnnotations(Map.of("io.containerd.image.name", "@NAME@"))))
            .toJson());
    byte[] index =
        Index.of(
                List.of(
                    described.withPlatform(platform),
                    Descriptor.of(MediaTypes.MANIFEST, new byte[] {1})
                        .withPlatform(Platform.of("linux", "s390x", null))))
            .toJson()
            .getBytes(UTF_8);
    for (String owner : owners) {
      String tag = String.valueOf(number);
      registry.manifest(owner + "/pulled", tag, MediaTypes.MANIFEST, manifest);
      if (number == COUNT - 1) {
        registry.manifest(owner + "/pulled", tag, MediaTypes.INDEX, index);
      }
    }
  }

  /// Return what ends an archive as an OCI layout.
  static byte[] layoutOf(Path archives, int number, String name) throws IOException {
    return new Tar()
        .file("oci-layout", 0644, "{\"imageLayoutVersion\":\"1.0.0\"}")
        .file("index.json", 0644, read(archives, number + ".layout", name))
        .bytes();
  }

  /// Return what ends an archive as Docker's.
  static byte[] dockerOf(Path archives, int number, String name) throws IOException {
    return new Tar().file("manifest.json", 0644, read(archives, number + ".docker", name)).bytes();
  }

  private static String read(Path archives, String file, String name) throws IOException {
    return Files.readString(archives.resolve(file)).replace("@NAME@", name);
  }
}
