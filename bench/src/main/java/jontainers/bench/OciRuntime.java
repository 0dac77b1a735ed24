package jontainers.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A runtime with runc's command line, on a bundle of its own `spec` over the common root
/// directory.
///
/// It mounts no overlay: the root directory is used as it is.
record OciRuntime(String name, Path program, Path state, Path bundle) implements Subject {

  /// Prepare a bundle that runs /bin/true without a terminal.
  static OciRuntime prepare(String name, Path program, Path directory, Path rootfs)
      throws IOException {
    var bundle = Files.createDirectories(directory.resolve(name));
    var shell = Path.of("/bin/sh");
    Programs.succeed(shell, List.of("sh", "-c", "cd " + bundle + " && " + program + " spec"));
    var config = bundle.resolve("config.json");
    Files.writeString(
        config,
        Files.readString(config)
            .replaceFirst("\"terminal\": true", "\"terminal\": false")
            .replaceFirst("\"sh\"", "\"/bin/true\"")
            .replaceFirst("\"path\": \"rootfs\"", "\"path\": \"" + rootfs + "\""));
    return new OciRuntime(name, program, directory.resolve(name + "-state"), bundle);
  }

  @Override
  public void run() throws IOException {
    Programs.succeed(
        program,
        List.of(name, "--root", state.toString(), "run", "--bundle", bundle.toString(), "bench"));
  }
}
