package jontainers.testkit;

import java.util.List;

/// Read the bytes of a fuzzer's input as decisions; when they are used up, each is the first one.
public final class Choices {
  private final byte[] bytes;
  private int at;

  /// Begin with the first byte.
  public Choices(byte[] bytes) {
    this.bytes = bytes.clone();
  }

  /// Return whether bytes are left.
  public boolean more() {
    return at < bytes.length;
  }

  /// Return a number from 0 up to and without the bound, which is 256 at most.
  public int below(int bound) {
    return more() ? (bytes[at++] & 0xff) % bound : 0;
  }

  /// Return an element.
  public <T> T of(List<T> list) {
    return list.get(list.size() <= 256 ? below(list.size()) : (int) (number(2) % list.size()));
  }

  /// Return a number of so many bytes.
  public long number(int size) {
    long number = 0;
    for (int i = 0; i < size; i++) {
      number = number << 8 | below(256);
    }
    return number;
  }
}
