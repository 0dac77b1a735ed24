package jontainers.image.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/// The program zstd, whose streams ours are compared with.
final class Zstd {
  private Zstd() {}

  /// Compress without telling the length, as a pipe does.
  static byte[] compressed(byte[] bytes, String... options) throws IOException {
    var command = new ArrayList<>(List.of("zstd", "-q", "-c"));
    command.addAll(List.of(options));
    return output(bytes, command);
  }

  /// Compress as `zstd FILE` does, with the length in the header.
  static byte[] compressedFile(byte[] bytes, String... options) throws IOException {
    var file = Files.createTempFile("zstd", "");
    try {
      var command = new ArrayList<>(List.of("zstd", "-q", "-c"));
      command.addAll(List.of(options));
      command.add(Files.write(file, bytes).toString());
      return output(new byte[0], command);
    } finally {
      Files.delete(file);
    }
  }

  private static byte[] output(byte[] input, List<String> command) throws IOException {
    var in = Files.createTempFile("zstd", "");
    var log = Files.createTempFile("zstd", "");
    Process process;
    try {
      process =
          new ProcessBuilder(command)
              .redirectInput(Files.write(in, input).toFile())
              .redirectError(log.toFile())
              .start();
    } catch (IOException e) {
      assumeTrue(false, "needs zstd");
      throw e;
    }
    try (var out = process.getInputStream()) {
      byte[] all = out.readAllBytes();
      assertThat(process.waitFor()).as(command + ": " + Files.readString(log)).isZero();
      return all;
    } catch (InterruptedException e) {
      throw new IOException(e);
    } finally {
      Files.delete(in);
      Files.delete(log);
    }
  }
}
