package jontainers.engine;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import jontainers.linux.Fd;
import jontainers.linux.RawText;

/// The contents of the files that a container sees over its image's: hosts(5), hostname(5),
/// resolv.conf(5).
final class HostFiles {
  /// Where they are.
  static final List<String> PLACES = List.of("/etc/hosts", "/etc/hostname", "/etc/resolv.conf");

  private static final String LOCALHOST =
      """
      127.0.0.1\tlocalhost
      ::1\tlocalhost ip6-localhost ip6-loopback
      fe00::\tip6-localnet
      ff00::\tip6-mcastprefix
      ff02::1\tip6-allnodes
      ff02::2\tip6-allrouters
      """;

  /// Docker's answer to a host that resolves on a loopback address no container can reach.
  private static final List<String> PUBLIC_NAMESERVERS =
      List.of("nameserver 8.8.8.8", "nameserver 8.8.4.4");

  /// What systemd-resolved says to programs of the host: ask me, on an address of loopback.
  private static final String RESOLVED = "127.0.0.53";

  /// The servers that systemd-resolved asks itself: systemd-resolved(8), /etc/resolv.conf.
  private static final Path SERVERS_OF_RESOLVED = Path.of("/run/systemd/resolve/resolv.conf");

  private HostFiles() {}

  /// Return /etc/hosts: local names, the user's, and the container's own with its address.
  static String hosts(List<String> extra, Optional<InetAddress> address, String hostname) {
    return LOCALHOST
        + extra.stream().map(line -> line + "\n").collect(Collectors.joining())
        + address.map(a -> a.getHostAddress() + "\t" + hostname + "\n").orElse("");
  }

  /// Turn `NAME:ADDRESS` into lines of /etc/hosts.
  ///
  /// @param gateway what `host-gateway` stands for
  static List<String> extraHosts(NetworkSettings network, String gateway) {
    return network.extraHosts().stream()
        .map(entry -> {
          int separator = entry.indexOf(':');
          String address = entry.substring(separator + 1);
          return (address.equals(NetworkSettings.HOST_GATEWAY) ? gateway : address)
              + "\t"
              + entry.substring(0, separator);
        })
        .toList();
  }

  /// Return /etc/resolv.conf with what the user asks for in the place of the host's.
  ///
  /// @param hosts the lines of the host, as [#resolvConf] returns them
  static String resolvConf(NetworkSettings network, String hosts) {
    if (network.dns().isEmpty()
        && network.dnsSearch().isEmpty()
        && network.dnsOptions().isEmpty()) {
      return hosts;
    }
    var lines = new ArrayList<String>();
    for (String line : hosts.split("\n")) {
      boolean replaced =
          switch (line.strip().split("\\s+")[0]) {
            case "nameserver" -> !network.dns().isEmpty();
            case "search", "domain" -> !network.dnsSearch().isEmpty();
            case "options" -> !network.dnsOptions().isEmpty();
            default -> false;
          };
      if (!replaced) {
        lines.add(line);
      }
    }
    network.dns().forEach(server -> lines.add("nameserver " + server));
    if (!network.dnsSearch().isEmpty() && !network.dnsSearch().equals(List.of("."))) {
      lines.add("search " + String.join(" ", network.dnsSearch()));
    }
    if (!network.dnsOptions().isEmpty()) {
      lines.add("options " + String.join(" ", network.dnsOptions()));
    }
    return String.join("\n", lines) + "\n";
  }

  /// Return /etc/resolv.conf for a network of its own, where nothing of the host's loopback is
  /// reached.
  ///
  /// Of a host that has systemd-resolved and nothing else, Docker takes what resolved goes by: its
  /// servers, and its search domains.
  static String resolvConfForOwnNetwork(String hosts) throws IOException {
    if (nameServers(hosts).equals(List.of(RESOLVED))) {
      String servers = read(SERVERS_OF_RESOLVED);
      return resolvConf(servers.isBlank() ? hosts : servers);
    }
    return resolvConf(hosts);
  }

  private static List<String> nameServers(String text) {
    return text.lines()
        .map(line -> line.strip().split("\\s+"))
        .filter(words -> words[0].equals("nameserver") && words.length > 1)
        .map(words -> words[1])
        .toList();
  }

  /// Return /etc/resolv.conf for a network of its own: the host's without its loopback servers.
  static String resolvConf(String hosts) {
    var lines = new ArrayList<String>();
    boolean server = false;
    for (String line : hosts.split("\n", -1)) {
      String[] words = line.strip().split("\\s+");
      if (words[0].equals("nameserver")) {
        if (words.length < 2 || isLoopback(words[1])) {
          continue;
        }
        server = true;
      }
      lines.add(line);
    }
    if (!server) {
      while (!lines.isEmpty() && lines.getLast().isEmpty()) {
        lines.removeLast();
      }
      lines.addAll(PUBLIC_NAMESERVERS);
      lines.add("");
    }
    return String.join("\n", lines);
  }

  /// Read a file of the host; the empty text where there is none.
  ///
  /// In large pieces: a file of /proc/sys ends after the first read, and Files.readString begins
  /// with one byte.
  static String read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      return "";
    }
    try (var stream = Fd.open(file, Fd.O_RDONLY).inputStream()) {
      return RawText.decode(stream.readAllBytes());
    }
  }

  /// Addresses are not looked up: only numbers count.
  private static boolean isLoopback(String address) {
    return address.startsWith("127.") || address.equals("::1") || address.startsWith("::ffff:127.");
  }
}
