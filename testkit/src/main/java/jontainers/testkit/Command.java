package jontainers.testkit;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.util.List;

/// Run another program, to compare its view of the kernel with ours. Tests only.
public final class Command {
  private Command() {}

  /// Run a program and return its output, stripped.
  ///
  /// @throws AssertionError with its output when it exits with anything but 0
  public static String run(String... command) throws IOException, InterruptedException {
    // A file and no pipes: the JVM closes those at some time after the process has ended, and the
    // leak check would see them.
    var file = Files.createTempFile("command", ".out");
    try {
      var process =
          new ProcessBuilder(command)
              .redirectInput(new File("/dev/null"))
              .redirectOutput(Redirect.appendTo(file.toFile()))
              .redirectError(Redirect.appendTo(file.toFile()))
              .start();
      int status = process.waitFor();
      var output = Files.readString(file).strip();
      if (status != 0) {
        throw new AssertionError(List.of(command) + " exited with " + status + ": " + output);
      }
      return output;
    } finally {
      Files.delete(file);
    }
  }
}
