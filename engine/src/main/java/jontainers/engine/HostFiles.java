package jontainers.engine;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jontainers.linux.Fd;

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

  private HostFiles() {}

  /// Return /etc/hosts: local names, and the container's own with its address.
  static String hosts(Optional<InetAddress> address, String hostname) {
    return LOCALHOST + address.map(a -> a.getHostAddress() + "\t" + hostname + "\n").orElse("");
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
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /// Addresses are not looked up: only numbers count.
  private static boolean isLoopback(String address) {
    return address.startsWith("127.") || address.equals("::1") || address.startsWith("::ffff:127.");
  }
}
