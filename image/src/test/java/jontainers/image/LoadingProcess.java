package jontainers.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jontainers.image.layer.Privilege;

/// Load an archive in a process of its own with little memory, and tell how much it took.
final class LoadingProcess {
  private LoadingProcess() {}

  /// Return the words that run it.
  static List<String> words(Path store, Path archive) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx64m",
        "-XX:+UseSerialGC",
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        System.getProperty("java.class.path"),
        LoadingProcess.class.getName(),
        store.toString(),
        archive.toString());
  }

  public static void main(String[] words) throws IOException, ImageException {
    var store = ImageStore.open(Path.of(words[0]), Privilege.ROOT, ImageStore.LayersInUse.NONE);
    try (var in = Files.newInputStream(Path.of(words[1]))) {
      System.out.println("loaded " + store.load(in).size());
    }
    Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .forEach(System.out::println);
  }
}
