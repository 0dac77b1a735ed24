package jontainers.image.tar;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;
import jontainers.linux.DataRanges;
import jontainers.linux.Fd;
import jontainers.linux.Xattr;

/// Write a tar archive: ustar headers, with pax records for what does not fit into them.
///
/// Names and attributes go out byte for byte, in whatever encoding they are. Attributes are
/// `SCHILY.xattr.NAME` records as in star, GNU tar and libarchive; files with holes are in GNU
/// tar's sparse format 1.0, whose map precedes the data. Owners are numbers only. Source: tar(5) of
/// libarchive, "Sparse Formats" of the GNU tar manual. For one thread at a time.
public final class PaxWriter {
  /// What everything in an archive is filled up to.
  public static final int BLOCK = 512;

  /// What tape drives and GNU tar read at once.
  public static final int RECORD = 20 * BLOCK;

  private static final long UNINTERRUPTED = 64L << 20;
  private static final int STREAM_BUFFER = 64 << 10;
  private static final int NAME_SIZE = 100;
  private static final int PREFIX_SIZE = 155;
  private static final byte[] ZEROS = new byte[BLOCK];
  private static final byte[] NONE = new byte[0];
  private static final byte[] LONG_LINK = "././@LongLink".getBytes(US_ASCII);
  private static final TarAttributes PLAIN = new TarAttributes(0644, 0, 0, 0, 0, 0, 0);

  private final Sink sink;
  private final byte[] header = new byte[BLOCK];
  private long written;

  /// Write to a sink, which stays open.
  public PaxWriter(Sink sink) {
    this.sink = sink;
  }

  /// Write an entry without content.
  public void entry(TarEntry entry) throws IOException {
    header(entry, new PaxRecords(), entry.name(), entry.size());
  }

  /// Write a file with as many bytes as its entry says, zeros in place of those that are not there
  /// any more; return how many those are.
  public long file(TarEntry entry, Fd content) throws IOException {
    entry(entry);
    long missing = data(content, 0, entry.size());
    pad(entry.size());
    return missing;
  }

  /// Write a file with the bytes of a stream, which has to have as many as its entry says.
  public void file(TarEntry entry, InputStream content) throws IOException {
    entry(entry);
    byte[] buffer = new byte[(int) Math.min(STREAM_BUFFER, Math.max(1, entry.size()))];
    for (long rest = entry.size(); rest > 0; ) {
      int count = content.read(buffer, 0, (int) Math.min(buffer.length, rest));
      if (count < 0) {
        throw new EOFException(entry.text() + " ends " + rest + " bytes early");
      }
      write(buffer, count);
      rest -= count;
    }
    pad(entry.size());
  }

  /// Write a file without its holes; return how many bytes of its data were not there any more.
  public long sparseFile(TarEntry entry, Fd content, DataRanges ranges) throws IOException {
    byte[] map = sparseMap(ranges, entry.size());
    var records = new PaxRecords();
    records.add("GNU.sparse.major", 1);
    records.add("GNU.sparse.minor", 0);
    records.add("GNU.sparse.name", entry.name());
    records.add("GNU.sparse.realsize", entry.size());
    header(entry, records, sparseName(entry.name()), map.length + ranges.total());
    write(map, map.length);
    long missing = 0;
    for (int i = 0; i < ranges.count(); i++) {
      missing += data(content, ranges.offset(i), ranges.length(i));
    }
    pad(ranges.total());
    return missing;
  }

  /// Write the two blocks of zeros that end an archive, and fill the last record of twenty blocks.
  public void finish() throws IOException {
    write(ZEROS, BLOCK);
    write(ZEROS, BLOCK);
    while (written % RECORD != 0) {
      write(ZEROS, BLOCK);
    }
    sink.flush();
  }

  /// Return how many bytes have been written.
  public long written() {
    return written;
  }

  private void header(TarEntry entry, PaxRecords records, byte[] name, long size)
      throws IOException {
    var numbers = entry.attributes();
    if (!fitsName(name)) {
      longName(records, "path", TarType.GNU_LONG_NAME, name);
    }
    if (entry.link().length > NAME_SIZE) {
      longName(records, "linkpath", TarType.GNU_LONG_LINK, entry.link());
    }
    number(records, "size", size, 11);
    number(records, "uid", numbers.uid(), 7);
    number(records, "gid", numbers.gid(), 7);
    if (numbers.mtimeNanos() != 0 || !fits(numbers.mtimeSeconds(), 11)) {
      records.add("mtime", decimal(numbers.mtimeSeconds(), numbers.mtimeNanos()));
    }
    for (var xattr : entry.xattrs()) {
      records.add(xattrKey(xattr), xattr.value());
    }
    if (!records.isEmpty()) {
      extendedHeader(name, records);
    }
    block(entry.type(), name, entry.link(), size, numbers);
  }

  /// A record where the name is UTF-8, as records have to be; else GNU tar's own entry, since
  /// libarchive takes other bytes there for an error.
  private void longName(PaxRecords records, String key, TarType type, byte[] name)
      throws IOException {
    if (isUtf8(name)) {
      records.add(key, name);
      return;
    }
    block(type, LONG_LINK, NONE, name.length + 1L, PLAIN);
    write(name, name.length);
    write(ZEROS, 1);
    pad(name.length + 1L);
  }

  private static boolean isUtf8(byte[] name) {
    try {
      var _ = UTF_8.newDecoder().decode(ByteBuffer.wrap(name));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  private void extendedHeader(byte[] name, PaxRecords records) throws IOException {
    byte[] bytes = records.toByteArray();
    byte[] base = baseName(name);
    byte[] pax = concat("./PaxHeaders/".getBytes(US_ASCII), base);
    block(TarType.EXTENDED, pax, NONE, bytes.length, PLAIN);
    write(bytes, bytes.length);
    pad(bytes.length);
  }

  private void block(TarType type, byte[] name, byte[] link, long size, TarAttributes numbers)
      throws IOException {
    Arrays.fill(header, (byte) 0);
    putName(name);
    octal(100, 7, numbers.mode());
    octal(108, 7, numbers.uid());
    octal(116, 7, numbers.gid());
    octal(124, 11, size);
    octal(136, 11, numbers.mtimeSeconds());
    header[156] = type.flag();
    System.arraycopy(link, 0, header, 157, Math.min(link.length, NAME_SIZE));
    put(257, "ustar\00000");
    octal(329, 7, numbers.major());
    octal(337, 7, numbers.minor());
    checksum();
    write(header, BLOCK);
  }

  private void checksum() {
    Arrays.fill(header, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xff;
    }
    octal(148, 6, sum);
    header[154] = 0;
  }

  /// A name of up to 100 bytes, or split at a slash with up to 155 before it, or cut.
  private void putName(byte[] name) {
    int slash = name.length <= NAME_SIZE ? -1 : splitAt(name);
    int start = slash + 1;
    System.arraycopy(name, start, header, 0, Math.min(name.length - start, NAME_SIZE));
    if (slash > 0) {
      System.arraycopy(name, 0, header, 345, slash);
    }
  }

  private static boolean fitsName(byte[] name) {
    return name.length <= NAME_SIZE || splitAt(name) > 0;
  }

  /// The first slash that leaves few enough bytes behind it, if it has few enough before it.
  private static int splitAt(byte[] name) {
    for (int at = Math.max(1, name.length - NAME_SIZE - 1); at < name.length - 1; at++) {
      if (name[at] == '/') {
        return at <= PREFIX_SIZE ? at : -1;
      }
    }
    return -1;
  }

  /// An octal number that does not fit is zero; its pax record has the value.
  private void octal(int at, int digits, long value) {
    long rest = fits(value, digits) ? value : 0;
    for (int i = at + digits - 1; i >= at; i--) {
      header[i] = (byte) ('0' + (rest & 7));
      rest >>>= 3;
    }
  }

  private void put(int at, String text) {
    byte[] bytes = text.getBytes(US_ASCII);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }

  private static void number(PaxRecords records, String key, long value, int digits) {
    if (!fits(value, digits)) {
      records.add(key, value);
    }
  }

  private static boolean fits(long value, int digits) {
    return value >= 0 && value < 1L << (3 * digits);
  }

  /// `-1` second and 500,000,000 nanoseconds is half a second before the epoch.
  private static String decimal(long seconds, int nanos) {
    if (nanos == 0) {
      return Long.toString(seconds);
    }
    boolean negative = seconds < 0;
    long whole = negative ? -(seconds + 1) : seconds;
    int fraction = negative ? 1_000_000_000 - nanos : nanos;
    String digits = Integer.toString(1_000_000_000 + fraction).substring(1);
    return (negative ? "-" : "") + whole + "." + digits;
  }

  /// `=` would end the key; GNU tar writes and reads it, and `%`, in this way.
  private static byte[] xattrKey(Xattr xattr) {
    var key = new ByteArrayOutputStream();
    key.writeBytes("SCHILY.xattr.".getBytes(US_ASCII));
    for (byte b : xattr.name()) {
      switch (b) {
        case '=' -> key.writeBytes("%3D".getBytes(US_ASCII));
        case '%' -> key.writeBytes("%25".getBytes(US_ASCII));
        default -> key.write(b);
      }
    }
    return key.toByteArray();
  }

  /// `count\n`, then `offset\nlength\n` for each range and an empty one where the file ends in a
  /// hole, filled to a block.
  private static byte[] sparseMap(DataRanges ranges, long size) {
    int last = ranges.count() - 1;
    boolean endsInHole = last < 0 || ranges.offset(last) + ranges.length(last) < size;
    var map = new StringBuilder();
    map.append(ranges.count() + (endsInHole ? 1 : 0)).append('\n');
    for (int i = 0; i <= last; i++) {
      map.append(ranges.offset(i)).append('\n').append(ranges.length(i)).append('\n');
    }
    if (endsInHole) {
      map.append(size).append("\n0\n");
    }
    byte[] text = map.toString().getBytes(US_ASCII);
    return Arrays.copyOf(text, (text.length + BLOCK - 1) / BLOCK * BLOCK);
  }

  /// What a reader that knows no sparse files calls it.
  private static byte[] sparseName(byte[] name) {
    return concat("./GNUSparseFile.0/".getBytes(US_ASCII), baseName(name));
  }

  private static byte[] baseName(byte[] name) {
    int end = name.length > 1 && name[name.length - 1] == '/' ? name.length - 1 : name.length;
    int start = end;
    while (start > 0 && name[start - 1] != '/') {
      start--;
    }
    return Arrays.copyOfRange(name, start, Math.min(end, start + NAME_SIZE / 2));
  }

  private static byte[] concat(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  /// Return how many bytes were not there.
  private long data(Fd from, long offset, long length) throws IOException {
    long done = 0;
    while (done < length) {
      if (Thread.interrupted()) {
        throw new InterruptedIOException("interrupted");
      }
      long part = Math.min(length - done, UNINTERRUPTED);
      long count = sink.transfer(from, offset + done, part);
      done += count;
      written += count;
      if (count < part) {
        break;
      }
    }
    long missing = length - done;
    for (long rest = missing; rest > 0; rest -= BLOCK) {
      write(ZEROS, (int) Math.min(rest, BLOCK));
    }
    return missing;
  }

  private void pad(long length) throws IOException {
    int rest = (int) (length % BLOCK);
    if (rest != 0) {
      write(ZEROS, BLOCK - rest);
    }
  }

  private void write(byte[] bytes, int length) throws IOException {
    sink.write(bytes, 0, length);
    written += length;
  }
}
