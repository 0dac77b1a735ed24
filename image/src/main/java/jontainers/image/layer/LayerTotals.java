package jontainers.image.layer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

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
    Files.writeString(file, "size " + size + "\nentries " + entries + "\n");
  }
}
