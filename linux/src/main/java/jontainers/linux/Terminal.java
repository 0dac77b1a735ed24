package jontainers.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Control a terminal that somebody else has open: termios(3), ioctl_tty(2).
///
/// Borrows the descriptor. Safe for any thread.
public final class Terminal {
  private static final int TCGETS = 0x5401;
  private static final int TCSETS = 0x5402;
  private static final int TIOCGWINSZ = 0x5413;
  private static final int TIOCSWINSZ = 0x5414;
  private static final int TIOCGPTPEER = 0x5441;

  /// struct termios of the kernel: four words of flags, c_line, 19 control characters.
  private static final int TERMIOS = 36;

  private static final int IFLAG = 0;
  private static final int OFLAG = 4;
  private static final int CFLAG = 8;
  private static final int LFLAG = 12;
  private static final int VTIME = 17 + 5;
  private static final int VMIN = 17 + 6;

  private final Fd fd;

  private Terminal(Fd fd) {
    this.fd = fd;
  }

  /// A window's size in characters.
  public record Size(int rows, int columns) {}

  /// Regard a descriptor as a terminal; ENOTTY shows at the first use of one that is none.
  public static Terminal of(Fd fd) {
    return new Terminal(fd);
  }

  /// Tell whether a descriptor is a terminal: isatty(3).
  public static boolean isTerminal(Fd fd) {
    try (var arena = Arena.ofConfined()) {
      return Kernel.once(
              Syscall.ioctl, fd.number(), TCGETS, arena.allocate(TERMIOS + 28L, 8).address())
          == 0;
    }
  }

  /// Return the attributes as the kernel lays them out, to be restored later.
  public byte[] attributes() throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      var termios = arena.allocate(TERMIOS + 28L, 8);
      ioctl(TCGETS, termios);
      return Memory.bytes(termios, 0, TERMIOS);
    }
  }

  /// Set attributes that [#attributes] has returned, at once.
  public void restore(byte[] attributes) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      var termios = arena.allocate(TERMIOS + 28L, 8);
      Memory.put(termios, 0, attributes, 0, TERMIOS);
      ioctl(TCSETS, termios);
    }
  }

  /// Pass every byte through unchanged, and no signal for any key: cfmakeraw(3).
  public void makeRaw() throws SyscallException {
    restore(raw(attributes()));
  }

  /// As [#makeRaw], but let line ends be shown as before: OPOST of termios(3).
  public void makeInputRaw() throws SyscallException {
    byte[] attributes = attributes();
    byte[] raw = raw(attributes);
    System.arraycopy(attributes, OFLAG, raw, OFLAG, 4);
    restore(raw);
  }

  /// Add no carriage return to a line end: ONLCR of termios(3).
  public void keepLineEnds() throws SyscallException {
    byte[] kept = attributes();
    var termios = ByteBuffer.wrap(kept).order(ByteOrder.LITTLE_ENDIAN);
    termios.putInt(OFLAG, termios.getInt(OFLAG) & ~4);
    restore(kept);
  }

  /// Compute what cfmakeraw(3) makes of attributes.
  static byte[] raw(byte[] attributes) {
    byte[] raw = attributes.clone();
    var termios = ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN);
    // IGNBRK BRKINT PARMRK ISTRIP INLCR IGNCR ICRNL IXON
    termios.putInt(
        IFLAG, termios.getInt(IFLAG) & ~(1 | 2 | 8 | 0x20 | 0x40 | 0x80 | 0x100 | 0x400));
    termios.putInt(OFLAG, termios.getInt(OFLAG) & ~1); // OPOST
    // ECHO ECHONL ICANON ISIG IEXTEN
    termios.putInt(LFLAG, termios.getInt(LFLAG) & ~(8 | 0x40 | 2 | 1 | 0x8000));
    termios.putInt(CFLAG, (termios.getInt(CFLAG) & ~(0x30 | 0x100)) | 0x30); // CSIZE PARENB, CS8
    raw[VMIN] = 1;
    raw[VTIME] = 0;
    return raw;
  }

  /// Show nothing of what is typed: ECHO of termios(3).
  public void hideInput() throws SyscallException {
    byte[] hidden = attributes();
    var termios = ByteBuffer.wrap(hidden).order(ByteOrder.LITTLE_ENDIAN);
    termios.putInt(LFLAG, termios.getInt(LFLAG) & ~8);
    restore(hidden);
  }

  /// Return the window's size.
  public Size size() throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      var window = arena.allocate(8, 8); // struct winsize: rows, columns, pixels
      ioctl(TIOCGWINSZ, window);
      return new Size(Memory.getShort(window, 0) & 0xffff, Memory.getShort(window, 2) & 0xffff);
    }
  }

  /// Set the window's size; the processes in its foreground get SIGWINCH.
  public void resize(Size size) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      var window = arena.allocate(8, 8);
      Memory.putShort(window, 0, (short) size.rows());
      Memory.putShort(window, 2, (short) size.columns());
      ioctl(TIOCSWINSZ, window);
    }
  }

  /// Open the other side of a pseudoterminal's master, wherever its file is mounted; the caller
  /// owns it.
  public Fd peer() throws SyscallException {
    long number =
        Kernel.call(
            Syscall.ioctl,
            fd.name(),
            fd.number(),
            TIOCGPTPEER,
            Fd.O_RDWR | Fd.O_NOCTTY | Fd.O_CLOEXEC);
    return Fd.owning((int) number, "other side of " + fd.name());
  }

  private void ioctl(int request, MemorySegment argument) throws SyscallException {
    Kernel.call(Syscall.ioctl, fd.name(), fd.number(), request, argument.address());
  }
}
