package jontainers.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import jontainers.linux.Sysctl;

/// Let the host forward packets, and put it back when no network needs that any more.
///
/// The value from before is written to a file *before* it is changed, so a crash in between loses
/// nothing. It counts until the machine starts anew: then it is the administrator's who switched
/// forwarding on. Note that forwarding is the whole host's: it then also routes between its other
/// links, and with IPv6 it stops listening to router advertisements (`accept_ra`, ip-sysctl.rst).
final class Forwarding {
  private static final String BEFORE = "before";
  private static final String BOOT = "boot";

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
    StateFile.write(memory(sysctl), Map.of(BEFORE, before, BOOT, boot()));
    var _ = Files.writeString(Sysctl.file(sysctl), "1");
    return true;
  }

  /// Whether nobody forwards but us: it is off, or we have switched it on.
  boolean isOurs(String sysctl) throws IOException {
    return Sysctl.read(sysctl).equals("0") || isOurs(StateFile.read(memory(sysctl)));
  }

  /// Put a sysctl back if it was us who switched it on.
  ///
  /// @return whether it was us
  boolean restore(String sysctl) throws IOException {
    var memory = StateFile.read(memory(sysctl));
    boolean isOurs = isOurs(memory);
    if (isOurs) {
      var _ =
          Files.writeString(Sysctl.file(sysctl), memory.orElseThrow().getOrDefault(BEFORE, "0"));
    }
    StateFile.delete(memory(sysctl));
    return isOurs;
  }

  /// What has no boot was written by an older version.
  private static boolean isOurs(Optional<Map<String, String>> memory) throws IOException {
    return memory.isPresent() && boot().equals(memory.get().getOrDefault(BOOT, boot()));
  }

  /// Return what is another after each start of the machine: random(4).
  private static String boot() throws IOException {
    return Sysctl.read("kernel.random.boot_id");
  }

  private Path memory(String sysctl) {
    return directory.resolve(sysctl);
  }
}
