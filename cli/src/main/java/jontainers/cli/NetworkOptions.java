package jontainers.cli;

import java.net.InetAddress;
import java.util.Optional;
import jontainers.engine.NetworkMode;
import jontainers.engine.NetworkSettings;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// The options of `run` about networks and names.
final class NetworkOptions {
  private static final String NETWORK = "--network";
  private static final String IP = "--ip";
  private static final String MAC_ADDRESS = "--mac-address";
  private static final String DNS = "--dns";
  private static final String DNS_SEARCH = "--dns-search";
  private static final String DNS_OPTION = "--dns-option";
  private static final String ADD_HOST = "--add-host";

  private NetworkOptions() {}

  static void describe(CommandSpec spec) {
    spec.addOption(Options.value("NETWORK", "bridge (default), host or none", NETWORK, "--net"));
    spec.addOption(Options.value("ADDRESS", "Its address on the bridge", IP));
    spec.addOption(Options.value("MAC", "Its MAC address on the bridge", MAC_ADDRESS));
    spec.addOption(Options.values("ADDRESS", "Name server", DNS));
    spec.addOption(Options.values("DOMAIN", "Search domain; . for none", DNS_SEARCH));
    spec.addOption(Options.values("OPTION", "Resolver option", DNS_OPTION, "--dns-opt"));
    spec.addOption(Options.values("NAME:ADDRESS", "Add to /etc/hosts", ADD_HOST));
  }

  static NetworkSettings read(ParseResult arguments) throws UsageException {
    return new NetworkSettings(
        mode(Options.text(arguments, NETWORK).orElse("bridge")),
        address(arguments),
        Options.text(arguments, MAC_ADDRESS),
        Options.list(arguments, DNS),
        Options.list(arguments, DNS_SEARCH),
        Options.list(arguments, DNS_OPTION),
        Options.list(arguments, ADD_HOST).stream().map(NetworkOptions::host).toList());
  }

  /// Turn Docker's forms of an entry into `NAME:ADDRESS`: a `=` may separate, and does so before
  /// any colon, since an IPv6 address has some; an address may be in brackets.
  private static String host(String entry) {
    int separator = entry.indexOf('=') >= 0 ? entry.indexOf('=') : entry.indexOf(':');
    if (separator < 0) {
      return entry;
    }
    String address = entry.substring(separator + 1);
    if (address.length() > 2 && address.startsWith("[") && address.endsWith("]")) {
      address = address.substring(1, address.length() - 1);
    }
    return entry.substring(0, separator) + ":" + address;
  }

  private static NetworkMode mode(String name) throws UsageException {
    return switch (name) {
      case "bridge", "default" -> NetworkMode.BRIDGE;
      case "host" -> NetworkMode.HOST;
      case "none" -> NetworkMode.NONE;
      default ->
          throw new UsageException(
              "no such network: " + name, "networks are bridge, host and none");
    };
  }

  private static Optional<InetAddress> address(ParseResult arguments) throws UsageException {
    var text = Options.text(arguments, IP);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(java.net.Inet4Address.ofLiteral(text.get()));
    } catch (IllegalArgumentException e) {
      throw new UsageException("invalid IPv4 address: \"" + text.get() + "\"", "");
    }
  }
}
