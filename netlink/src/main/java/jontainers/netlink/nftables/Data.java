package jontainers.netlink.nftables;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import jontainers.netlink.Body;

/// A value as it stands in nf_tables' registers and sets: bytes in the order of the wire.
/// Immutable.
public final class Data {
  /// The longest value: four registers of 16 bytes (NFT_DATA_VALUE_MAXLEN).
  public static final int MAX_LENGTH = 64;

  private static final int IFNAMSIZ = 16;
  private static final int NFTA_DATA_VALUE = 1;

  private final byte[] bytes;

  private Data(byte[] bytes) {
    if (bytes.length == 0 || bytes.length > MAX_LENGTH) {
      throw new IllegalArgumentException("a value of " + bytes.length + " bytes");
    }
    this.bytes = bytes;
  }

  public static Data of(byte... bytes) {
    return new Data(bytes.clone());
  }

  /// Return the four bytes of a number in the machine's order.
  public static Data ofInt(int number) {
    return new Data(ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(number).array());
  }

  /// Return the four or sixteen bytes of an address.
  public static Data of(InetAddress address) {
    return new Data(address.getAddress());
  }

  /// Return a link's name, filled up with NUL to IFNAMSIZ so that only the whole name matches.
  public static Data link(String name) {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    if (text.length >= IFNAMSIZ) {
      throw new IllegalArgumentException("not a link's name: " + name);
    }
    return new Data(Arrays.copyOf(text, IFNAMSIZ));
  }

  /// Return a concatenation, `a . b`: each part filled up to whole registers of four bytes.
  public static Data concatenation(Data... parts) {
    var out = new ByteArrayOutputStream();
    for (var part : parts) {
      out.writeBytes(Arrays.copyOf(part.bytes, (part.bytes.length + 3) & ~3));
    }
    return new Data(out.toByteArray());
  }

  /// Return the value plus a number, both unsigned; empty where it does not fit any more.
  public Optional<Data> plus(BigInteger number) {
    var sum = new BigInteger(1, bytes).add(number);
    if (sum.bitLength() > bytes.length * 8) {
      return Optional.empty();
    }
    var padded = new byte[bytes.length];
    byte[] tail = sum.toByteArray(); // may have a zero byte more for its sign
    int length = Math.min(tail.length, padded.length);
    System.arraycopy(tail, tail.length - length, padded, padded.length - length, length);
    return Optional.of(new Data(padded));
  }

  public byte[] toBytes() {
    return bytes.clone();
  }

  public int length() {
    return bytes.length;
  }

  /// Write as the nested attribute that nf_tables calls data.
  void write(int type, Body body) {
    var _ = body.nested(type, nest -> nest.bytes(NFTA_DATA_VALUE, bytes));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Data data && Arrays.equals(bytes, data.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return "0x" + HexFormat.of().formatHex(bytes);
  }
}
