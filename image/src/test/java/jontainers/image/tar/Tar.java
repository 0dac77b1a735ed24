package jontainers.image.tar;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/// Write archives as no proper program would.
public final class Tar {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /// Add a header with mode 0644 and so many bytes of the letter `x`.
  public Tar entry(char type, String name, String link, long size) {
    header(type, name, link, 0644, size);
    if (type != '1' && type != '2' && size <= 1 << 16) {
      content("x".repeat((int) size));
    }
    return this;
  }

  /// Add a directory.
  public Tar directory(String name, int mode) {
    header('5', name, "", mode, 0);
    return this;
  }

  /// Add a file.
  public Tar file(String name, int mode, String content) {
    header('0', name, "", mode, content.length());
    content(content);
    return this;
  }

  /// Add a header alone.
  public Tar header(char type, String name, String link, int mode, long size) {
    byte[] header = new byte[512];
    put(header, 0, name);
    put(header, 100, "%07o".formatted(mode));
    put(header, 108, "0000000");
    put(header, 116, "0000000");
    put(header, 124, "%011o".formatted(size));
    put(header, 136, "00000000000");
    header[156] = (byte) type;
    put(header, 157, link);
    put(header, 257, "ustar");
    put(header, 263, "00");
    put(header, 329, "0000000");
    put(header, 337, "0000000");
    checksum(header, 0);
    out.writeBytes(header);
    return this;
  }

  /// Add a device node.
  public Tar device(char type, String name, int major, int minor) {
    byte[] header = new Tar().header(type, name, "", 0600, 0).out.toByteArray();
    put(header, 329, "%07o".formatted(major));
    put(header, 337, "%07o".formatted(minor));
    checksum(header, 0);
    out.writeBytes(header);
    return this;
  }

  /// Add an extended header of keys and values.
  public Tar extended(String... records) {
    return header('x', records);
  }

  /// Add a header of keys and values.
  public Tar header(char type, String... records) {
    var pax = new PaxRecords();
    for (int i = 0; i < records.length; i += 2) {
      pax.add(records[i].getBytes(ISO_8859_1), records[i + 1].getBytes(ISO_8859_1));
    }
    String content = new String(pax.toByteArray(), ISO_8859_1);
    header(type, "pax", "", 0644, content.length());
    content(content);
    return this;
  }

  /// Add zeros.
  public Tar zeros(int count) {
    out.writeBytes(new byte[count]);
    return this;
  }

  /// Return it with the blocks that end it.
  public byte[] bytes() {
    byte[] bytes = out.toByteArray();
    return Arrays.copyOf(bytes, bytes.length + 1024);
  }

  private void content(String content) {
    out.writeBytes(content.getBytes(ISO_8859_1));
    zeros(-content.length() & 511);
  }

  static void checksum(byte[] bytes, int at) {
    Arrays.fill(bytes, at + 148, at + 156, (byte) ' ');
    int sum = 0;
    for (int i = at; i < at + 512; i++) {
      sum += bytes[i] & 0xff;
    }
    put(bytes, at + 148, "%06o".formatted(sum));
    bytes[at + 154] = 0;
  }

  private static void put(byte[] bytes, int at, String text) {
    byte[] value = text.getBytes(ISO_8859_1);
    System.arraycopy(value, 0, bytes, at, value.length);
  }
}
