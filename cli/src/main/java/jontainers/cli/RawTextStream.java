package jontainers.cli;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import jontainers.linux.RawText;
import org.jspecify.annotations.Nullable;

/// Print text as the bytes that it stands for ([RawText]), a line with its end in one write.
final class RawTextStream extends PrintStream {
  RawTextStream(OutputStream out) {
    super(out, true, StandardCharsets.UTF_8);
  }

  @Override
  public void print(@Nullable String text) {
    writeBytes(RawText.encode(String.valueOf(text)));
  }

  @Override
  public void println(@Nullable String line) {
    print(line + "\n");
  }

  @Override
  public void println(@Nullable Object line) {
    println(String.valueOf(line));
  }
}
