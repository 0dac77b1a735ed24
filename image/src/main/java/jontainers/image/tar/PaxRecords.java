package jontainers.image.tar;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;

/// Collect the records of an extended header: `LENGTH KEY=VALUE\n`, the length being its own, too.
///
/// Source: POSIX pax, "pax Extended Header"; the value may be any bytes. Confined to one thread.
final class PaxRecords {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);

  boolean isEmpty() {
    return bytes.size() == 0;
  }

  byte[] toByteArray() {
    return bytes.toByteArray();
  }

  void add(String key, long value) {
    add(key, Long.toString(value));
  }

  void add(String key, String value) {
    add(key.getBytes(US_ASCII), value.getBytes(US_ASCII));
  }

  void add(String key, byte[] value) {
    add(key.getBytes(US_ASCII), value);
  }

  void add(byte[] key, byte[] value) {
    int rest = key.length + value.length + 3;
    int length = rest + digits(rest);
    length = rest + digits(length);
    bytes.writeBytes(Integer.toString(length).getBytes(US_ASCII));
    bytes.write(' ');
    bytes.writeBytes(key);
    bytes.write('=');
    bytes.writeBytes(value);
    bytes.write('\n');
  }

  private static int digits(int number) {
    return Integer.toString(number).length();
  }
}
