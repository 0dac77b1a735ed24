package jontainers.image.layer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import jontainers.linux.Fd;

/// What is written down beside a layer's files: a line for each, `NAME NUMBER`.
record LayerTotals(long size, long entries) {
  static LayerTotals read(Path file) throws IOException {
    long size = -1;
    long entries = -1;
    for (String line : Files.readAllLines(file)) {
      int blank = line.indexOf(' ');
      String name = line.substring(0, Math.max(0, blank));
      try {
        switch (name) {
          case "size" -> size = Long.parseLong(line, blank + 1, line.length(), 10);
          case "entries" -> entries = Long.parseLong(line, blank + 1, line.length(), 10);
          default -> {
            // of a later version
          }
        }
      } catch (NumberFormatException e) {
        throw new IOException(file + " is damaged: " + line, e);
      }
    }
    if (size < 0 || entries < 0) {
      throw new IOException(file + " is damaged");
    }
    return new LayerTotals(size, entries);
  }

  void write(Path file) throws IOException {
    String text = "size " + size + "\nentries " + entries + "\n";
    try (var fd = Fd.open(file, Fd.O_WRONLY | Fd.O_CREAT | Fd.O_TRUNC, 0600)) {
      fd.write(text.getBytes(StandardCharsets.UTF_8));
    }
  }
}
