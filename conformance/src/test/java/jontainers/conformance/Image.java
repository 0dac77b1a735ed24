package jontainers.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/// An image of busybox as a file, in the form of `docker save`, which every engine loads.
final class Image {
  static final String NAME = "docker.io/library/busybox:latest";

  private Image() {}

  /// Make the archive in a directory.
  static Path archive(Path directory) throws IOException {
    var work = Files.createDirectory(directory.resolve("image"));
    var rootfs = Files.createDirectory(work.resolve("rootfs"));
    Bundle.rootfs(rootfs);
    var layer = work.resolve("layer.tar");
    tar(layer, rootfs, ".");
    Files.writeString(
        work.resolve("config.json"),
        Json.parse("{}")
            .set(
                "architecture", System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64")
            .set("os", "linux")
            .set("config.Env", List.of("PATH=/bin"))
            .set("config.Cmd", List.of("sh"))
            .set("history", List.of(Json.object("created_by", "tar")))
            .set("rootfs.type", "layers")
            .set("rootfs.diff_ids", List.of("sha256:" + sha256(layer)))
            .toString());
    Files.writeString(
        work.resolve("manifest.json"),
        "["
            + Json.parse("{}")
                .set("Config", "config.json")
                .set("RepoTags", List.of(NAME))
                .set("Layers", List.of("layer.tar"))
            + "]");
    var archive = directory.resolve("busybox.tar");
    tar(archive, work, "config.json", "manifest.json", "layer.tar");
    return archive;
  }

  private static void tar(Path archive, Path directory, String... names) {
    var words = new java.util.ArrayList<>(List.of("tar", "-cf", archive.toString()));
    words.addAll(List.of("-C", directory.toString()));
    words.addAll(List.of(names));
    Command.of(words).run().succeeded();
  }

  private static String sha256(Path file) throws IOException {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has it", e);
    }
  }
}
