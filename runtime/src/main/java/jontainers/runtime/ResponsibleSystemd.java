package jontainers.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jontainers.linux.IdRange;
import jontainers.linux.ThisProcess;
import jontainers.runtime.systemd.Systemd;

/// The systemd that has the units of this process's containers: the machine's for root, else the
/// user's own.
///
/// @param environment names its bus, where that is not at its usual place
/// @param user whose it is, by the number outside of the user namespace; empty for the machine's
record ResponsibleSystemd(Map<String, String> environment, Optional<Long> user) {
  private static final Path MACHINE = Path.of("/run/systemd/system");

  /// Look whose it is.
  ///
  /// Root of a user namespace is a user who has become that (`podman unshare`), unless it is the
  /// root of a whole system in there: then systemd's files belong to it.
  static ResponsibleSystemd of(Map<String, String> environment) throws IOException {
    int own = ThisProcess.euid();
    if (own == 0 && Integer.valueOf(0).equals(ownerOfMachine())) {
      return new ResponsibleSystemd(environment, Optional.empty());
    }
    long outside = IdRange.outside(users(), own);
    return new ResponsibleSystemd(environment, Optional.of(outside < 0 ? own : outside));
  }

  private static Object ownerOfMachine() throws IOException {
    return Files.exists(MACHINE) ? Files.getAttribute(MACHINE, "unix:uid") : Integer.valueOf(0);
  }

  private static List<IdRange> users() throws IOException {
    var ranges = new ArrayList<IdRange>();
    for (String line : Files.readAllLines(Path.of("/proc/self/uid_map"))) {
      String[] numbers = line.strip().split(" +");
      ranges.add(
          new IdRange(
              Long.parseLong(numbers[0]), Long.parseLong(numbers[1]), Long.parseLong(numbers[2])));
    }
    return ranges;
  }

  /// Return the slice of a unit that names none.
  String standardSlice() {
    return user.isPresent() ? "user.slice" : "system.slice";
  }

  /// Connect to it.
  ///
  /// @throws StartException where it cannot be reached, with what to look at
  Systemd connect() throws StartException {
    try {
      return user.isPresent()
          ? Systemd.ofUser(environment, user.get())
          : Systemd.ofSystem(environment);
    } catch (IOException | IllegalArgumentException e) {
      throw new StartException(
          StartException.Kind.ENGINE,
          String.valueOf(e.getMessage()),
          user.isPresent()
              ? "is the user's systemd running (systemctl --user status)? See"
                  + " DBUS_SESSION_BUS_ADDRESS and XDG_RUNTIME_DIR"
              : "is the system bus running (systemctl status dbus.socket)? See"
                  + " DBUS_SYSTEM_BUS_ADDRESS",
          e);
    }
  }
}
