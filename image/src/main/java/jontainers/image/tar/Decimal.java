package jontainers.image.tar;

/// Read the decimal numbers of pax records and sparse maps.
final class Decimal {
  private static final int MOST_DIGITS = 18;

  private Decimal() {}

  /// @throws TarFormatException where it is anything but digits, up to 18
  static long parse(byte[] bytes, int from, int to) throws TarFormatException {
    if (from == to || to - from > MOST_DIGITS) {
      throw new TarFormatException("a number has no digits or too many");
    }
    long value = 0;
    for (int at = from; at < to; at++) {
      if (bytes[at] < '0' || bytes[at] > '9') {
        throw new TarFormatException("a number is not decimal");
      }
      value = value * 10 + (bytes[at] - '0');
    }
    return value;
  }

  static long parse(byte[] bytes) throws TarFormatException {
    return parse(bytes, 0, bytes.length);
  }
}
