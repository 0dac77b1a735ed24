package jontainers.network;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// Read and write IP addresses as people do, without asking a name server.
public final class IpText {
  private static final Pattern IPV4 =
      Pattern.compile("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");
  private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

  private IpText() {}

  /// Parse a literal; empty for host names, zones, IPv4 in fewer than four parts or with octal.
  public static Optional<InetAddress> parse(String text) {
    if (!IPV4.matcher(text).matches() && !IPV6.matcher(text).matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.ofLiteral(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /// Write an address in its one canonical form; for IPv6 that is RFC 5952, section 4.
  static String of(InetAddress address) {
    return switch (address) {
      case Inet4Address ip -> ip.getHostAddress();
      case Inet6Address ip -> ipv6(groups(ip.getAddress()));
      default -> throw new AssertionError(address);
    };
  }

  private static List<Integer> groups(byte[] bytes) {
    var groups = new ArrayList<Integer>();
    for (int i = 0; i < bytes.length; i += 2) {
      groups.add((bytes[i] & 0xff) << 8 | (bytes[i + 1] & 0xff));
    }
    return groups;
  }

  /// The longest run of zeros, the first of equals, from two on, becomes `::`.
  private static String ipv6(List<Integer> groups) {
    int start = -1;
    int longest = 1;
    for (int i = 0; i < groups.size(); i++) {
      int length = zeros(groups, i);
      if (length > longest) {
        start = i;
        longest = length;
      }
    }
    return start < 0
        ? hex(groups)
        : hex(groups.subList(0, start))
            + "::"
            + hex(groups.subList(start + longest, groups.size()));
  }

  private static int zeros(List<Integer> groups, int from) {
    int to = from;
    while (to < groups.size() && groups.get(to) == 0) {
      to++;
    }
    return to - from;
  }

  private static String hex(List<Integer> groups) {
    return String.join(":", groups.stream().map(Integer::toHexString).toList());
  }
}
