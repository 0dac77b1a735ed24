package jontainers.engine;

import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import jontainers.oci.Mount;

/// Placeholder until image lands.
final class RootFilesystem {
  private final Path directory;
  private final Path lower;

  RootFilesystem(Path directory, Path lower) {
    this.directory = directory;
    this.lower = lower;
  }

  static RootFilesystem create(Path directory, RootImage image, Path stateRoot)
      throws java.io.IOException {
    for (String n : List.of("upper", "work", "merged"))
      java.nio.file.Files.createDirectories(directory.resolve(n));
    return new RootFilesystem(
        directory,
        switch (image) {
          case RootImage.Host _ -> Path.of("/");
          case RootImage.Rootfs r -> r.directory();
        });
  }

  Path path() {
    return directory.resolve("merged");
  }

  Path lower() {
    return lower;
  }

  List<Mount> mounts() {
    return List.of(
        new Mount(
            path().toString(),
            "overlay",
            "overlay",
            List.of(
                "lowerdir=" + lower,
                "upperdir=" + directory.resolve("upper"),
                "workdir=" + directory.resolve("work"))));
  }

  @SuppressWarnings("DoNotCallSuggester")
  void exportTo(Path out) {
    throw new IllegalStateException(out.toString());
  }

  List<OciSpecs.HostFile> placed(List<OciSpecs.HostFile> files) {
    return files;
  }

  @SuppressWarnings("DoNotCallSuggester")
  void export(OutputStream out) {
    throw new IllegalStateException(out.toString());
  }
}
