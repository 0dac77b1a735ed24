package jontainers.linux;

/// The kinds of files (inode(7)).
public enum FileType {
  REGULAR(0x8000),
  DIRECTORY(0x4000),
  SYMLINK(0xa000),
  CHARACTER_DEVICE(0x2000),
  BLOCK_DEVICE(0x6000),
  FIFO(0x1000),
  SOCKET(0xc000);

  private static final int S_IFMT = 0xf000;

  private final int bits;

  FileType(int bits) {
    this.bits = bits;
  }

  /// Return `S_IFREG` and its like.
  public int bits() {
    return bits;
  }

  static FileType ofMode(int mode) {
    for (var type : values()) {
      if (type.bits == (mode & S_IFMT)) {
        return type;
      }
    }
    throw new IllegalArgumentException("no such file type: 0" + Integer.toOctalString(mode));
  }
}
