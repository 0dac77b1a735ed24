package jontainers.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The links of this process's network namespace.
public final class Links {
  private Links() {}

  /// Return their names, sorted.
  ///
  /// Not by /sys/class/net: a sysfs shows the namespace in which it was mounted.
  public static List<String> names() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/net/dev")).stream()
        .skip(2) // headings
        .map(line -> line.substring(0, line.indexOf(':')).strip())
        .sorted()
        .toList();
  }
}
