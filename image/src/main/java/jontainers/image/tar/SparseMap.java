package jontainers.image.tar;

import jontainers.linux.DataRanges;

/// Collect where a sparse file has data, refusing what is not in order.
final class SparseMap {
  private final DataRanges ranges;
  private long end;

  SparseMap() {
    this(DataRanges.empty());
  }

  /// Go on with ranges that are in order.
  SparseMap(DataRanges ranges) {
    this.ranges = ranges;
    int last = ranges.count() - 1;
    this.end = last < 0 ? 0 : ranges.offset(last) + ranges.length(last);
  }

  DataRanges ranges() {
    return ranges;
  }

  /// An empty range says where a file ends.
  void add(long offset, long length) throws TarFormatException {
    if (offset < end || length < 0 || offset + length < offset) {
      throw new TarFormatException("a sparse map is not in order");
    }
    if (ranges.count() == TarReader.MAX_RANGES) {
      throw new TarFormatException(
          "a sparse map has more than " + TarReader.MAX_RANGES + " ranges");
    }
    end = offset + length;
    if (length > 0) {
      ranges.add(offset, end);
    }
  }

  /// Check that the ranges lie in the file and are what the archive has of it.
  static void check(DataRanges ranges, long size, long stored) throws TarFormatException {
    int last = ranges.count() - 1;
    if (last >= 0 && ranges.offset(last) + ranges.length(last) > size) {
      throw new TarFormatException("a sparse map is longer than its file");
    }
    if (ranges.total() != stored) {
      throw new TarFormatException("a sparse map does not fit its data");
    }
  }
}
