package jontainers.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A network namespace that plays the internet: it holds 8.8.8.8, and a name server on that address
/// that answers google.com with it.
///
/// Joined to the namespace of the test by a veth pair and the default route. It knows no route back
/// to a container's subnet, so that only traffic behind NAT is answered.
final class Internet implements AutoCloseable {
  private static final String NAME = "internet";

  private final Machine machine;
  private final Process nameServer;

  private Internet(Machine machine, Process nameServer) {
    this.machine = machine;
    this.nameServer = nameServer;
  }

  static Internet open(Machine machine, Path directory) throws IOException {
    machine.text("ip", "netns", "add", NAME);
    machine.text(
        "ip", "link", "add", "uplink", "type", "veth", "peer", "name", "eth0", "netns", NAME);
    machine.text("ip", "address", "add", "192.0.2.1/24", "dev", "uplink");
    machine.text("ip", "link", "set", "uplink", "up");
    machine.text("ip", "route", "add", "default", "via", "192.0.2.2");
    inside(machine, "ip", "link", "set", "lo", "up");
    inside(machine, "ip", "address", "add", "192.0.2.2/24", "dev", "eth0");
    inside(machine, "ip", "address", "add", "8.8.8.8/32", "dev", "lo");
    inside(machine, "ip", "link", "set", "eth0", "up");
    var script = directory.resolve("nameserver.py");
    Files.writeString(script, NAME_SERVER);
    var server =
        new ProcessBuilder("ip", "netns", "exec", NAME, "python3", script.toString())
            .redirectErrorStream(true)
            .start();
    if (server.getInputStream().read() != 'r') {
      throw new AssertionError("the name server did not start");
    }
    return new Internet(machine, server);
  }

  @Override
  public void close() throws IOException {
    nameServer.destroyForcibly().onExit().join();
    machine.text("ip", "netns", "delete", NAME);
    machine.program("ip", "link", "delete", "uplink");
  }

  private static void inside(Machine machine, String... words) throws IOException {
    var all = new String[4 + words.length];
    all[0] = "ip";
    all[1] = "netns";
    all[2] = "exec";
    all[3] = NAME;
    System.arraycopy(words, 0, all, 4, words.length);
    machine.text(all);
  }

  /// Answer every question for an A record with 8.8.8.8, and others with nothing (RFC 1035).
  private static final String NAME_SERVER =
      """
      import socket, struct
      server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
      server.bind(("8.8.8.8", 53))
      print("ready", flush=True)
      while True:
          query, client = server.recvfrom(512)
          end = query.index(b"\\0", 12) + 5
          name, kind = query[12:end - 4], struct.unpack(">H", query[end - 4:end - 2])[0]
          known = name.lower() == b"\\x06google\\x03com\\0" and kind == 1
          flags = 0x8580 if known or name.lower() == b"\\x06google\\x03com\\0" else 0x8583
          header = query[:2] + struct.pack(">HHHHH", flags, 1, 1 if known else 0, 0, 0)
          answer = struct.pack(">HHHIH", 0xC00C, 1, 1, 60, 4) + bytes([8, 8, 8, 8])
          server.sendto(header + query[12:end] + (answer if known else b""), client)
      """;
}
