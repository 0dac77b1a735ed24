package jontainers.image.tar;

/// The types of entries (tar(5), "POSIX ustar Archives" and "Pax Interchange Format").
///
/// Those of the last four lines describe the entry that follows, or all that follow: a reader
/// returns none of them.
public enum TarType {
  FILE('0'),
  HARD_LINK('1'),
  SYMBOLIC_LINK('2'),
  CHARACTER_DEVICE('3'),
  BLOCK_DEVICE('4'),
  DIRECTORY('5'),
  FIFO('6'),
  EXTENDED('x'),
  GLOBAL('g'),
  GNU_LONG_NAME('L'),
  GNU_LONG_LINK('K');

  private final byte flag;

  TarType(char flag) {
    this.flag = (byte) flag;
  }

  byte flag() {
    return flag;
  }
}
