package jontainers.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import jontainers.linux.RawText;

/// Pass text on with only what [VisibleText#lines] lets through, whatever a command prints.
///
/// Below a PrintStream, which writes whole characters of UTF-8.
final class VisibleOutput extends FilterOutputStream {
  VisibleOutput(OutputStream out) {
    super(out);
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    byte[] shown = VisibleText.lines(RawText.decode(bytes, offset, length)).getBytes(UTF_8);
    out.write(shown, 0, shown.length);
  }
}
