package jontainers.network;

import java.math.BigInteger;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/// An IP network: `172.19.80.0/24`, `fd00:1::/64` (RFC 4632, RFC 4291).
///
/// @param address the network's first address; the bits behind the prefix are zero
public record Cidr(InetAddress address, int prefixLength) {
  private static final long MANY = 1L << 62;

  public Cidr {
    if (prefixLength < 0 || prefixLength > bits(address)) {
      throw new IllegalArgumentException("no such prefix length: " + prefixLength);
    }
    if (!masked(address, prefixLength).equals(address)) {
      throw new IllegalArgumentException("host bits are set: " + address + "/" + prefixLength);
    }
  }

  /// Parse a network in CIDR notation.
  ///
  /// @throws NetworkException saying what is wrong; where host bits are set, the hint has the
  ///   network
  public static Cidr parse(String text) throws NetworkException {
    int slash = text.indexOf('/');
    if (slash < 0) {
      throw invalid("not a network: " + text, "write it as address/length: 172.19.80.0/24");
    }
    var address = IpText.parse(text.substring(0, slash));
    if (address.isEmpty()) {
      throw invalid("not a network: " + text + ": not an IP address", "");
    }
    int bits = bits(address.get());
    String length = text.substring(slash + 1);
    if (!length.matches("0|[1-9][0-9]{0,2}") || Integer.parseInt(length) > bits) {
      throw invalid("not a network: " + text + ": the length must be 0 to " + bits, "");
    }
    var network = containing(address.get(), Integer.parseInt(length));
    if (!network.address.equals(address.get())) {
      throw invalid("not a network: " + text + ": host bits are set", "the network is " + network);
    }
    return network;
  }

  /// Return the network that an address lies in.
  public static Cidr containing(InetAddress address, int prefixLength) {
    return new Cidr(masked(address, prefixLength), prefixLength);
  }

  public boolean isIpv4() {
    return address instanceof Inet4Address;
  }

  public boolean contains(InetAddress other) {
    return bits(other) == bits(address) && masked(other, prefixLength).equals(address);
  }

  /// Whether any address is in both networks.
  public boolean overlaps(Cidr other) {
    return contains(other.address) || other.contains(address);
  }

  /// Return how many addresses hosts can have: all but the network's and, for IPv4, the
  /// broadcast's.
  ///
  /// At most 2⁶².
  public long hosts() {
    int free = bits(address) - prefixLength;
    if (free >= 62) {
      return MANY;
    }
    return Math.max(0, (1L << free) - (isIpv4() ? 2 : 1));
  }

  /// Return a host's address; 0 is the first one, behind the network's own address.
  public InetAddress host(long index) {
    if (index < 0 || index >= hosts()) {
      throw new IndexOutOfBoundsException("host " + index + " of " + this);
    }
    return address(number(address).add(BigInteger.valueOf(index + 1)), bits(address));
  }

  /// Whether an address is one that a host of this network can have.
  public boolean isHost(InetAddress other) {
    if (!contains(other) || other.equals(address)) {
      return false;
    }
    return !isIpv4() || number(other).subtract(number(address)).longValue() <= hosts();
  }

  /// Return how many addresses there are.
  BigInteger size() {
    return BigInteger.ONE.shiftLeft(bits(address) - prefixLength);
  }

  @Override
  public String toString() {
    return IpText.of(address) + "/" + prefixLength;
  }

  private static int bits(InetAddress address) {
    return address.getAddress().length * 8;
  }

  private static BigInteger number(InetAddress address) {
    return new BigInteger(1, address.getAddress());
  }

  private static InetAddress masked(InetAddress address, int prefixLength) {
    int zeros = bits(address) - prefixLength;
    return address(number(address).shiftRight(zeros).shiftLeft(zeros), bits(address));
  }

  private static InetAddress address(BigInteger number, int bits) {
    var bytes = new byte[bits / 8];
    byte[] tail = number.toByteArray(); // may have a zero byte more for its sign
    int length = Math.min(tail.length, bytes.length);
    System.arraycopy(tail, tail.length - length, bytes, bytes.length - length, length);
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new AssertionError("4 and 16 bytes are addresses", e);
    }
  }

  private static NetworkException invalid(String message, String hint) {
    return new NetworkException(NetworkException.Reason.INVALID, message, hint);
  }
}
