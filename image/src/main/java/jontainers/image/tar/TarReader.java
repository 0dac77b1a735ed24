package jontainers.image.tar;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;
import jontainers.linux.DataRanges;
import org.jspecify.annotations.Nullable;

/// Read a tar archive from a stream, entry by entry: v7, ustar, pax and GNU, sparse files included.
///
/// Names and attributes are bytes. What an archive can make this class hold in memory is bounded by
/// the constants below; names that lead out of a directory are for the caller to refuse. Source:
/// tar(5) of libarchive, POSIX pax, the GNU tar manual. Confined to one thread.
public final class TarReader {
  /// The most bytes of a name and of where a link leads: PATH_MAX.
  public static final int MAX_NAME = 4096;

  /// The most bytes of an extended header.
  public static final int MAX_EXTENDED = 1 << 20;

  /// The most ranges of data in a sparse file; each takes 16 bytes while it is read.
  public static final int MAX_RANGES = 1 << 20;

  private static final int BLOCK = PaxWriter.BLOCK;
  private static final long MAX_ID = 0xfffffffeL; // -1 would mean to leave it as it is

  private final InputStream in;
  private final byte[] block = new byte[BLOCK];
  private final ExtendedHeader global = ExtendedHeader.global();
  private long position;
  private long rest;
  private long padding;
  private boolean ended;

  /// Read from a stream, which stays open; it may as well be unbuffered.
  public TarReader(InputStream in) {
    this.in = in;
  }

  /// Skip what was not read of the last entry, and return the next one; empty at the end, when the
  /// whole stream has been read.
  ///
  /// @throws TarFormatException where the archive is damaged, is of no known format or goes beyond
  ///   the bounds
  public Optional<TarEntry> next() throws IOException {
    if (ended) {
      return Optional.empty();
    }
    skip(rest + padding);
    rest = 0;
    padding = 0;
    long start = position;
    byte[] name = null;
    try {
      byte[] records = null;
      byte[] link = null;
      boolean begun = false;
      while (block()) {
        var header = new HeaderBlock(block);
        header.checkSum();
        switch (header.flag()) {
          case 'x' -> records = content(header, MAX_EXTENDED);
          case 'g' -> global.parse(content(header, MAX_EXTENDED));
          case 'L' -> name = untilNul(content(header, MAX_NAME + 1));
          case 'K' -> link = untilNul(content(header, MAX_NAME + 1));
          default -> {
            var extended = ExtendedHeader.of(global);
            if (records != null) {
              extended.parse(records);
            }
            name = firstOf(extended.sparseName, extended.path, name, header.name());
            link = firstOf(null, extended.linkpath, link, header.link());
            return Optional.of(entry(header, extended, name, link));
          }
        }
        begun = header.flag() != 'g';
      }
      if (begun) {
        throw new TarFormatException("it ends behind a header");
      }
    } catch (TarFormatException e) {
      String where = name == null ? "the header at byte " + start : TarEntry.text(name);
      throw new TarFormatException(where + ": " + e.getMessage());
    }
    drain();
    return Optional.empty();
  }

  /// Read of the current entry's content, without its holes; return -1 at the end of it.
  public int read(byte[] buffer, int offset, int length) throws IOException {
    if (rest == 0) {
      return -1;
    }
    int count = in.read(buffer, offset, (int) Math.min(length, rest));
    if (count < 0) {
      throw new EOFException("the archive ends in the middle of a file");
    }
    rest -= count;
    position += count;
    return count;
  }

  /// Return how many bytes of the archive have been read.
  public long position() {
    return position;
  }

  private TarEntry entry(HeaderBlock header, ExtendedHeader extended, byte[] name, byte[] link)
      throws IOException {
    if (name.length == 0) {
      throw new TarFormatException("an entry has no name");
    }
    long stored = extended.size != null ? extended.size : header.number(124, 12);
    if (stored < 0 || stored > Long.MAX_VALUE - BLOCK) {
      throw new TarFormatException("its size is negative or too large");
    }
    var type = type(header.flag(), name, stored);
    var attributes = attributes(header, extended, type);
    if (type != TarType.FILE) {
      // Some programs write the size of what a link leads to; none has content there.
      return new TarEntry(type, name, link, 0, attributes, extended.xattrs(), null);
    }
    rest = stored;
    padding = -stored & (BLOCK - 1);
    var ranges = ranges(header, extended);
    long size = stored;
    if (ranges != null) {
      size = header.flag() == 'S' ? header.number(483, 12) : sparseSize(extended);
      SparseMap.check(ranges, size, rest);
    }
    return new TarEntry(type, name, link, size, attributes, extended.xattrs(), ranges);
  }

  private static TarType type(byte flag, byte[] name, long size) throws TarFormatException {
    return switch (flag) {
      // Before ustar, directories were files whose name ends in a slash.
      case 0, '0', '7' ->
          name[name.length - 1] == '/' && size == 0 ? TarType.DIRECTORY : TarType.FILE;
      case 'S' -> TarType.FILE;
      case '1' -> TarType.HARD_LINK;
      case '2' -> TarType.SYMBOLIC_LINK;
      case '3' -> TarType.CHARACTER_DEVICE;
      case '4' -> TarType.BLOCK_DEVICE;
      case '5' -> TarType.DIRECTORY;
      case '6' -> TarType.FIFO;
      default -> {
        String shown = flag > ' ' ? "'" + (char) flag + "'" : Integer.toString(flag & 0xff);
        throw new TarFormatException("its type " + shown + " is not known");
      }
    };
  }

  private static TarAttributes attributes(HeaderBlock header, ExtendedHeader extended, TarType type)
      throws TarFormatException {
    long uid = extended.uid != null ? extended.uid : header.number(108, 8);
    long gid = extended.gid != null ? extended.gid : header.number(116, 8);
    if (uid < 0 || uid > MAX_ID || gid < 0 || gid > MAX_ID) {
      throw new TarFormatException("its owner " + uid + ":" + gid + " is not a valid one");
    }
    var mtime = extended.mtime;
    long seconds = mtime != null ? mtime.seconds() : header.number(136, 12);
    boolean device = type == TarType.CHARACTER_DEVICE || type == TarType.BLOCK_DEVICE;
    long major = device && header.hasDevice() ? header.number(329, 8) : 0;
    long minor = device && header.hasDevice() ? header.number(337, 8) : 0;
    if (major < 0 || major >= 1 << 12 || minor < 0 || minor >= 1 << 20) {
      throw new TarFormatException("its device " + major + ":" + minor + " is not a valid one");
    }
    return new TarAttributes(
        (int) header.number(100, 8) & 07777,
        uid,
        gid,
        seconds,
        mtime != null ? mtime.nanos() : 0,
        (int) major,
        (int) minor);
  }

  private @Nullable DataRanges ranges(HeaderBlock header, ExtendedHeader extended)
      throws IOException {
    if (header.flag() == 'S') {
      return gnuMap(header);
    }
    if (extended.hasMapInContent()) {
      return mapInContent();
    }
    return extended.sparseMap == null && extended.sparseSize != null
        ? DataRanges.empty()
        : extended.sparseMap;
  }

  private static long sparseSize(ExtendedHeader extended) throws TarFormatException {
    if (extended.sparseSize == null) {
      throw new TarFormatException("a sparse file has no size");
    }
    return extended.sparseSize;
  }

  /// The old format: four ranges in the header, 21 in each further block. Those blocks are not
  /// counted in the size.
  private DataRanges gnuMap(HeaderBlock header) throws IOException {
    var map = new SparseMap();
    ranges(header, 386, 4, map);
    boolean more = block[482] != 0;
    // The size is read from the header later, which must not be overwritten meanwhile.
    while (more) {
      byte[] extension = new byte[BLOCK];
      fill(extension, BLOCK);
      ranges(new HeaderBlock(extension), 0, 21, map);
      more = extension[504] != 0;
    }
    return map.ranges();
  }

  private static void ranges(HeaderBlock header, int at, int count, SparseMap map)
      throws TarFormatException {
    for (int i = 0; i < count; i++) {
      long offset = header.number(at + 24 * i, 12);
      long length = header.number(at + 24 * i + 12, 12);
      if (offset == 0 && length == 0) {
        return;
      }
      map.add(offset, length);
    }
  }

  /// Format 1.0: decimal numbers with a newline behind each, filled to a block.
  private DataRanges mapInContent() throws IOException {
    var lines = new Lines();
    long count = lines.number();
    if (count > MAX_RANGES) {
      throw new TarFormatException("a sparse map has more than " + MAX_RANGES + " ranges");
    }
    var map = new SparseMap();
    for (long i = 0; i < count; i++) {
      long offset = lines.number();
      map.add(offset, lines.number());
    }
    return map.ranges();
  }

  /// The lines of the blocks with which content begins.
  private final class Lines {
    private static final int LONGEST = 20;

    private final byte[] bytes = new byte[BLOCK];
    private final byte[] line = new byte[LONGEST];
    private int at = BLOCK;

    long number() throws IOException {
      for (int length = 0; length < LONGEST; length++) {
        if (at == BLOCK) {
          if (rest < BLOCK) {
            throw new TarFormatException("a sparse map is cut off");
          }
          fill(bytes, BLOCK);
          rest -= BLOCK;
          at = 0;
        }
        byte next = bytes[at++];
        if (next == '\n') {
          return Decimal.parse(line, 0, length);
        }
        line[length] = next;
      }
      throw new TarFormatException("a sparse map has a line that is too long");
    }
  }

  /// Read a header; false at the end, with or without the blocks of zeros that should be there.
  private boolean block() throws IOException {
    int count = in.readNBytes(block, 0, BLOCK);
    position += count;
    if (count == 0) {
      return false;
    }
    if (count < BLOCK) {
      throw new TarFormatException("it is cut off");
    }
    if (!HeaderBlock.isZero(block)) {
      return true;
    }
    count = in.readNBytes(block, 0, BLOCK);
    position += count;
    if (count == BLOCK && !HeaderBlock.isZero(block)) {
      throw new TarFormatException("a block of zeros stands between entries");
    }
    ended = true;
    return false;
  }

  /// The content of a header that describes others.
  private byte[] content(HeaderBlock header, int most) throws IOException {
    long size = header.number(124, 12);
    if (size < 0 || size > most) {
      throw new TarFormatException(
          "a header of type '" + (char) header.flag() + "' has more than " + most + " bytes");
    }
    byte[] content = new byte[(int) size];
    fill(content, content.length);
    skip(-size & (BLOCK - 1));
    return content;
  }

  private void fill(byte[] bytes, int length) throws IOException {
    int count = in.readNBytes(bytes, 0, length);
    position += count;
    if (count < length) {
      throw new TarFormatException("it is cut off");
    }
  }

  private void skip(long count) throws IOException {
    for (long left = count; left > 0; ) {
      int part = in.readNBytes(block, 0, (int) Math.min(left, BLOCK));
      if (part == 0) {
        throw new EOFException("the archive ends in the middle of a file");
      }
      position += part;
      left -= part;
    }
  }

  private void drain() throws IOException {
    ended = true;
    byte[] buffer = new byte[64 << 10];
    for (int count; (count = in.read(buffer, 0, buffer.length)) >= 0; ) {
      position += count;
    }
  }

  private static byte[] untilNul(byte[] bytes) throws TarFormatException {
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    if (end > MAX_NAME) {
      throw new TarFormatException("a name has more than " + MAX_NAME + " bytes");
    }
    return Arrays.copyOf(bytes, end);
  }

  private static byte[] firstOf(
      byte @Nullable [] first, byte @Nullable [] second, byte @Nullable [] third, byte[] last) {
    if (first != null) {
      return first;
    }
    return second != null ? second : third != null ? third : last;
  }
}
