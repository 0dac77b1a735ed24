package jontainers.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// Our command, as a process of its own with a JVM of its own.
record ColdCommand(Path program, Path root, Path rootfs) implements Subject {
  @Override
  public String name() {
    return "jontainers";
  }

  @Override
  public void run() throws IOException {
    Programs.succeed(
        program,
        List.of(
            program.toString(),
            "--root",
            root.toString(),
            "run",
            "--rm",
            "--network",
            "none",
            "--rootfs",
            rootfs.toString(),
            "/bin/true"));
  }
}
