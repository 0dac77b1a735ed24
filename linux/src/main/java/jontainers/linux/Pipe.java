package jontainers.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;

/// The two ends of a pipe, both close-on-exec: pipe2(2). Whoever holds it closes both.
public record Pipe(Fd readEnd, Fd writeEnd) implements AutoCloseable {
  private static final int O_CLOEXEC = 0x80000;

  /// Make a pipe.
  public static Pipe open(String name) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      var two = arena.allocate(JAVA_INT, 2);
      Kernel.call(Syscall.pipe2, name, two.address(), O_CLOEXEC);
      return new Pipe(
          Fd.owning(Memory.getInt(two, 0), name), Fd.owning(Memory.getInt(two, 4), name));
    }
  }

  @Override
  public void close() {
    readEnd.close();
    writeEnd.close();
  }
}
