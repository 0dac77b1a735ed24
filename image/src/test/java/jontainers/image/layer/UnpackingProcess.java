package jontainers.image.layer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jontainers.image.ImageException;
import jontainers.oci.Digest;

/// Unpack a layer from standard input in a process of its own, which may be killed.
final class UnpackingProcess {
  private UnpackingProcess() {}

  /// Begin one; its own prefix may take privileges away.
  static Process start(List<String> prefix, Path store, Digest diffId, Privilege privilege)
      throws IOException {
    var words = new ArrayList<>(prefix);
    words.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            UnpackingProcess.class.getName(),
            store.toString(),
            diffId.toString(),
            privilege.name()));
    return new ProcessBuilder(words).redirectErrorStream(true).start();
  }

  public static void main(String[] arguments) {
    try {
      var store =
          LayerStore.open(
              Path.of(arguments[0]), Privilege.valueOf(arguments[2]), LayerLimits.STANDARD);
      System.out.println(store.unpack(Digest.parse(arguments[1]), System.in).size());
    } catch (ImageException e) {
      System.out.println(e.getMessage());
      System.out.println("hint: " + e.hint());
    }
  }
}
