package jontainers.runtime.systemd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// Ask systemd for units: org.freedesktop.systemd1(5), "The Manager Object".
///
/// What takes time is a job, and each method returns when its job has ended. Confined to one
/// thread.
public final class Systemd implements AutoCloseable {
  private static final String NAME = "org.freedesktop.systemd1";
  private static final String PATH = "/org/freedesktop/systemd1";
  private static final String MANAGER = "org.freedesktop.systemd1.Manager";
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Path BOOTED = Path.of("/run/systemd/system");

  private final Bus bus;

  private Systemd(Bus bus) {
    this.bus = bus;
  }

  /// Tell whether systemd is the init of this machine: sd_booted(3).
  public static boolean isRunning() {
    return Files.isDirectory(BOOTED, LinkOption.NOFOLLOW_LINKS);
  }

  /// Connect to root's systemd.
  ///
  /// @param environment names another bus in `DBUS_SYSTEM_BUS_ADDRESS`
  public static Systemd ofSystem(Map<String, String> environment) throws IOException {
    return connect(BusAddress.ofSystem(environment), PATIENCE);
  }

  /// Connect to a user's systemd.
  ///
  /// @param environment tells of its bus: `DBUS_SESSION_BUS_ADDRESS`, `XDG_RUNTIME_DIR`
  /// @param uid the user's number outside of the user namespace
  public static Systemd ofUser(Map<String, String> environment, long uid) throws IOException {
    return connect(BusAddress.ofUser(environment, uid), PATIENCE);
  }

  static Systemd connect(List<BusAddress> addresses, Duration patience) throws IOException {
    var failures = new IOException("no systemd to be asked");
    for (var address : addresses) {
      try {
        var bus = Bus.connect(address, patience);
        try {
          return subscribed(bus, address);
        } catch (IOException | RuntimeException e) {
          bus.close();
          throw e;
        }
      } catch (IOException e) {
        failures.addSuppressed(e);
      }
    }
    var reasons = new StringBuilder("systemd cannot be asked");
    for (var failure : failures.getSuppressed()) {
      reasons.append("; ").append(failure.getMessage());
    }
    throw new IOException(reasons.toString(), failures);
  }

  /// Hear of the ends of jobs, before one is asked for.
  private static Systemd subscribed(Bus bus, BusAddress address) throws IOException {
    if (address.peer() == BusAddress.Peer.BUS) {
      bus.match(
          "type='signal',sender='"
              + NAME
              + "',path='"
              + PATH
              + "',interface='"
              + MANAGER
              + "',member='JobRemoved'");
    }
    return new Systemd(bus);
  }

  /// Return the cgroup below which its units are: empty for the root, or beginning with a slash.
  public String controlGroup() throws IOException {
    String path = property(PATH, MANAGER, "ControlGroup");
    return path.equals("/") ? "" : path;
  }

  /// Return the first number of its version; 0 where that cannot be read.
  public int version() throws IOException {
    String text = property(PATH, MANAGER, "Version");
    int start = text.startsWith("v") ? 1 : 0;
    int end = start;
    while (end < text.length() && end - start < 6 && Character.isDigit(text.charAt(end))) {
      end++;
    }
    return end == start ? 0 : Integer.parseInt(text, start, end, 10);
  }

  private String property(String path, String kind, String name) throws IOException {
    var answer =
        bus.call(
            NAME,
            path,
            "org.freedesktop.DBus.Properties",
            "Get",
            new Value.Text(kind),
            new Value.Text(name));
    if (!answer.isEmpty()
        && answer.getFirst() instanceof Value.Variant variant
        && variant.value() instanceof Value.Text text) {
      return text.value();
    }
    throw new DBusException("systemd does not tell its property " + name);
  }

  /// Tell whether there is a unit of this name that runs, or is about to.
  public boolean isActive(String unit) throws IOException {
    try {
      String path = object(bus.call(NAME, PATH, MANAGER, "GetUnit", new Value.Text(unit)));
      String state = property(path, "org.freedesktop.systemd1.Unit", "ActiveState");
      return !state.equals("inactive") && !state.equals("failed");
    } catch (DBusException e) {
      if (e.name().isEmpty()) { // not an answer
        throw e;
      }
      return false;
    }
  }

  /// Make a unit of some properties and start it.
  ///
  /// One of that name that has failed, and is kept to be looked at, is forgotten first.
  public void startTransient(String unit, List<Property> properties) throws IOException {
    String job;
    try {
      job = startJob(unit, properties);
    } catch (DBusException e) {
      if (!e.isOfSystemd("UnitExists")) {
        throw e;
      }
      resetFailed(unit);
      job = startJob(unit, properties);
    }
    String result = result(job);
    if (!result.equals("done")) {
      resetFailed(unit);
      throw new DBusException("the job that starts " + unit + " has ended as " + result);
    }
  }

  private String startJob(String unit, List<Property> properties) throws IOException {
    return object(
        bus.call(
            NAME,
            PATH,
            MANAGER,
            "StartTransientUnit",
            new Value.Text(unit),
            new Value.Text("replace"),
            list(properties),
            new Value.ListOf("(sa(sv))", List.of())));
  }

  /// Change a unit until it is gone.
  public void set(String unit, List<Property> properties) throws IOException {
    bus.call(
        NAME,
        PATH,
        MANAGER,
        "SetUnitProperties",
        new Value.Text(unit),
        new Value.Truth(true),
        list(properties));
  }

  private static Value list(List<Property> properties) {
    return new Value.ListOf("(sv)", properties.stream().map(Property::toValue).toList());
  }

  /// Stop a unit, which ends the processes in it, and forget it; one that is gone is no error.
  public void stop(String unit) throws IOException {
    try {
      result(
          object(
              bus.call(
                  NAME,
                  PATH,
                  MANAGER,
                  "StopUnit",
                  new Value.Text(unit),
                  new Value.Text("replace"))));
    } catch (DBusException e) {
      if (!e.isOfSystemd("NoSuchUnit")) {
        throw e;
      }
    }
    resetFailed(unit);
  }

  /// Forget that a unit has failed; most have not, and are gone when they have ended.
  private void resetFailed(String unit) throws IOException {
    try {
      bus.call(NAME, PATH, MANAGER, "ResetFailedUnit", new Value.Text(unit));
    } catch (DBusException e) {
      if (e.name().isEmpty()) { // not an answer
        throw e;
      }
    }
  }

  private static String object(List<Value> answer) throws DBusException {
    if (!answer.isEmpty() && answer.getFirst() instanceof Value.ObjectPath path) {
      return path.value();
    }
    throw new DBusException("systemd does not tell which object it means");
  }

  /// Wait for the end of a job: `JobRemoved(u id, o job, s unit, s result)`.
  private String result(String job) throws IOException {
    var path = new Value.ObjectPath(job);
    var signal =
        bus.await(message ->
            message.text(Message.MEMBER).equals("JobRemoved")
                && message.body().size() == 4
                && message.body().get(1).equals(path));
    return signal.body().get(3) instanceof Value.Text result ? result.value() : "unknown";
  }

  @Override
  public void close() {
    bus.close();
  }
}
