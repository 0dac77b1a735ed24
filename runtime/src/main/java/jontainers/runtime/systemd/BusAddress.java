package jontainers.runtime.systemd;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jontainers.linux.RawText;

/// Where systemd is spoken to.
///
/// @param name of a unix socket: a path, or without a file where it begins with `@`
/// @param peer who listens there
record BusAddress(String name, Peer peer) {
  /// Who is at the other end.
  enum Peer {
    /// A message bus, by which systemd is one of many.
    BUS,
    /// systemd alone.
    MANAGER
  }

  private static final Path SYSTEM_BUS = Path.of("/run/dbus/system_bus_socket");
  private static final Path SYSTEM_PRIVATE = Path.of("/run/systemd/private");

  /// Decide where root's systemd is; the bus comes first, as with runc.
  static List<BusAddress> ofSystem(Map<String, String> environment) throws DBusException {
    String given = environment.getOrDefault("DBUS_SYSTEM_BUS_ADDRESS", "");
    return given.isEmpty() ? existing(SYSTEM_BUS, SYSTEM_PRIVATE) : parse(given);
  }

  /// Decide where a user's systemd is.
  ///
  /// @param uid the user's number outside of the user namespace that this process is in
  static List<BusAddress> ofUser(Map<String, String> environment, long uid) throws DBusException {
    String given = environment.getOrDefault("DBUS_SESSION_BUS_ADDRESS", "");
    if (!given.isEmpty()) {
      return parse(given);
    }
    String directory = environment.getOrDefault("XDG_RUNTIME_DIR", "");
    var runtime = RawText.path(directory.isEmpty() ? "/run/user/" + uid : directory);
    return existing(runtime.resolve("bus"), runtime.resolve("systemd/private"));
  }

  private static List<BusAddress> existing(Path bus, Path manager) {
    var found = new ArrayList<BusAddress>();
    found.add(new BusAddress(bus.toString(), Peer.BUS));
    if (Files.exists(manager)) {
      found.add(new BusAddress(manager.toString(), Peer.MANAGER));
    }
    return List.copyOf(found);
  }

  /// Read addresses of a bus: D-Bus specification, "Server Addresses". Other transports than unix
  /// sockets are left out.
  ///
  /// @throws DBusException where nothing is left
  static List<BusAddress> parse(String addresses) throws DBusException {
    var found = new ArrayList<BusAddress>();
    for (String address : addresses.split(";")) {
      if (!address.startsWith("unix:")) {
        continue;
      }
      var keys = new HashMap<String, String>();
      for (String pair : address.substring("unix:".length()).split(",")) {
        int equals = pair.indexOf('=');
        if (equals > 0) {
          keys.put(pair.substring(0, equals), unescape(pair.substring(equals + 1)));
        }
      }
      if (keys.containsKey("path")) {
        found.add(new BusAddress(keys.get("path"), Peer.BUS));
      } else if (keys.containsKey("abstract")) {
        found.add(new BusAddress("@" + keys.get("abstract"), Peer.BUS));
      }
    }
    if (found.isEmpty()) {
      throw new DBusException(
          "not an address of a unix socket: \"" + addresses + "\"; it is like unix:path=/run/bus");
    }
    return List.copyOf(found);
  }

  /// `%` and two hexadecimal digits stand for a byte.
  private static String unescape(String value) throws DBusException {
    var bytes = new ByteArrayOutputStream();
    for (int at = 0; at < value.length(); at++) {
      if (value.charAt(at) != '%') {
        bytes.writeBytes(value.substring(at, at + 1).getBytes(StandardCharsets.UTF_8));
        continue;
      }
      try {
        bytes.write(Integer.parseInt(value, at + 1, at + 3, 16));
        at += 2;
      } catch (NumberFormatException | IndexOutOfBoundsException e) {
        throw new DBusException("an address with a lonely %: \"" + value + "\"");
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /// Encode the name as struct sockaddr_un, where it has no file: unix(7).
  byte[] ofAbstract() throws DBusException {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    if (text.length > 107) {
      throw new DBusException("too long for the name of a socket: " + name);
    }
    byte[] address = new byte[2 + text.length];
    address[0] = jontainers.linux.Socket.AF_UNIX;
    System.arraycopy(text, 1, address, 3, text.length - 1);
    return address;
  }

  boolean isAbstract() {
    return name.startsWith("@");
  }
}
