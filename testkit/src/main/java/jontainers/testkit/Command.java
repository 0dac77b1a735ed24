package jontainers.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Run another program, to compare its view of the kernel with ours. Tests only.
public final class Command {
  private Command() {}

  /// Run a program and return its output, stripped.
  ///
  /// @throws AssertionError with its output when it exits with anything but 0
  public static String run(String... command) throws IOException, InterruptedException {
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    try (var stdout = process.getInputStream()) {
      var output = new String(stdout.readAllBytes(), StandardCharsets.UTF_8).strip();
      int status = process.waitFor();
      if (status != 0) {
        throw new AssertionError(List.of(command) + " exited with " + status + ": " + output);
      }
      return output;
    }
  }
}
