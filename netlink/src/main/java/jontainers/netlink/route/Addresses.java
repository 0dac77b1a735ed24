package jontainers.netlink.route;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import jontainers.linux.Socket;

/// Translate between IP addresses and the kernel's family and bytes.
final class Addresses {
  private Addresses() {}

  static int family(InetAddress address) {
    return address instanceof Inet4Address ? Socket.AF_INET : Socket.AF_INET6;
  }

  /// Return an address of bytes; empty when their number is not the family's.
  static Optional<InetAddress> of(int family, byte[] bytes) {
    int length =
        switch (family) {
          case Socket.AF_INET -> 4;
          case Socket.AF_INET6 -> 16;
          default -> -1;
        };
    try {
      return bytes.length == length
          ? Optional.of(InetAddress.getByAddress(bytes))
          : Optional.empty();
    } catch (UnknownHostException e) {
      throw new AssertionError("4 and 16 bytes are addresses", e);
    }
  }

  /// Whether a family's addresses have that many bits.
  static boolean isPrefixLength(int family, int length) {
    return length <= (family == Socket.AF_INET ? 32 : 128);
  }

  /// Return 0.0.0.0 or ::.
  static InetAddress any(int family) {
    return of(family, new byte[family == Socket.AF_INET ? 4 : 16]).orElseThrow();
  }
}
