package jontainers.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import jontainers.linux.Sysctl;

/// Let the host forward packets, and put it back when no network needs that any more.
///
/// The value from before is written to a file *before* it is changed, so a crash in between loses
/// nothing. Note that forwarding is the whole host's: it then also routes between its other links,
/// and with IPv6 it stops listening to router advertisements (`accept_ra`, ip-sysctl.rst).
final class Forwarding {
  private static final String BEFORE = "before";

  private final Path directory;

  /// @param directory where to remember values
  Forwarding(Path directory) {
    this.directory = directory;
  }

  /// Return the sysctl that a network needs.
  static String sysctl(Cidr subnet) {
    return subnet.isIpv4() ? "net.ipv4.ip_forward" : "net.ipv6.conf.all.forwarding";
  }

  /// Switch a sysctl on.
  ///
  /// @return whether it was off
  boolean enable(String sysctl) throws IOException {
    String before = Sysctl.read(sysctl);
    if (!before.equals("0")) {
      return false;
    }
    StateFile.write(memory(sysctl), Map.of(BEFORE, before));
    var _ = Files.writeString(Sysctl.file(sysctl), "1");
    return true;
  }

  /// Put a sysctl back if it was us who switched it on.
  ///
  /// @return whether it was us
  boolean restore(String sysctl) throws IOException {
    var memory = StateFile.read(memory(sysctl));
    if (memory.isEmpty()) {
      return false;
    }
    var _ = Files.writeString(Sysctl.file(sysctl), memory.get().getOrDefault(BEFORE, "0"));
    StateFile.delete(memory(sysctl));
    return true;
  }

  private Path memory(String sysctl) {
    return directory.resolve(sysctl);
  }
}
