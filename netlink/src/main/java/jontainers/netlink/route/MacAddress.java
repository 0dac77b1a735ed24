package jontainers.netlink.route;

import java.net.InetAddress;
import java.util.HexFormat;
import java.util.Locale;

/// An Ethernet address of six bytes.
///
/// @param bits the address as a number, its first byte most significant
public record MacAddress(long bits) {
  private static final HexFormat COLONS = HexFormat.ofDelimiter(":");

  public MacAddress {
    if (bits >>> 48 != 0) {
      throw new IllegalArgumentException("more than six bytes");
    }
  }

  /// Parse `02:42:ac:13:50:02`.
  ///
  /// @throws IllegalArgumentException for anything else
  public static MacAddress parse(String text) {
    try {
      return of(COLONS.parseHex(text.toLowerCase(Locale.ROOT)));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("not a MAC address: " + text, e);
    }
  }

  /// Return the address of six bytes.
  public static MacAddress of(byte[] bytes) {
    if (bytes.length != 6) {
      throw new IllegalArgumentException("not six bytes");
    }
    long bits = 0;
    for (byte b : bytes) {
      bits = bits << 8 | (b & 0xff);
    }
    return new MacAddress(bits);
  }

  /// Derive 02:42 and the last four bytes of an IP address, as Docker does: a locally administered
  /// address that stays the same when an IP address is given out again, so neighbour caches hold.
  public static MacAddress derivedFrom(InetAddress address) {
    byte[] ip = address.getAddress();
    long bits = 0x0242;
    for (int i = ip.length - 4; i < ip.length; i++) {
      bits = bits << 8 | (ip[i] & 0xff);
    }
    return new MacAddress(bits);
  }

  /// Whether this is an address of many (the lowest bit of the first byte), which no link can have.
  public boolean isMulticast() {
    return (bits >>> 40 & 1) != 0;
  }

  public byte[] toBytes() {
    var bytes = new byte[6];
    for (int i = 0; i < 6; i++) {
      bytes[i] = (byte) (bits >>> (40 - 8 * i));
    }
    return bytes;
  }

  @Override
  public String toString() {
    return COLONS.formatHex(toBytes());
  }
}
