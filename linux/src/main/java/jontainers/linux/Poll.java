package jontainers.linux;

import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;

/// Wait for the first of several descriptors: ppoll(2).
public final class Poll {
  private static final short POLLIN = 1;
  private static final short POLLOUT = 4;
  private static final long ENTRY = 8; // struct pollfd: fd, events, revents

  private Poll() {}

  /// Wait until the other side of a terminal, pipe or socket is gone: POLLHUP, which needs not be
  /// asked for. Without a deadline.
  public static void awaitHangUp(Fd descriptor) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      var entry = arena.allocate(ENTRY, ENTRY);
      Memory.putInt(entry, 0, descriptor.number());
      Kernel.call(Syscall.ppoll, descriptor.name(), entry.address(), 1, 0, 0, 0);
    }
  }

  /// Wait until one of several descriptors has something to read, has come to its end, or stands
  /// for a process that has ended.
  ///
  /// @return the indexes of those; empty when the time was over first
  public static BitSet readable(List<Fd> descriptors, Duration atMost) throws SyscallException {
    return ready(descriptors, POLLIN, atMost);
  }

  /// Wait until a descriptor takes what is written to it, or will never do so.
  ///
  /// @return whether it came to that in time
  public static boolean writable(Fd descriptor, Duration atMost) throws SyscallException {
    return !ready(List.of(descriptor), POLLOUT, atMost).isEmpty();
  }

  private static BitSet ready(List<Fd> descriptors, short events, Duration atMost)
      throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      var entries = arena.allocate(Math.max(1, descriptors.size()) * ENTRY, ENTRY);
      for (int i = 0; i < descriptors.size(); i++) {
        Memory.putInt(entries, i * ENTRY, descriptors.get(i).number());
        Memory.putShort(entries, i * ENTRY + 4, events);
      }
      var time = arena.allocate(16, 8); // struct timespec
      Memory.putLong(time, 0, atMost.toSeconds());
      Memory.putLong(time, 8, atMost.toNanosPart());
      String object = descriptors.isEmpty() ? "nothing" : descriptors.getFirst().name();
      Kernel.call(
          Syscall.ppoll, object, entries.address(), descriptors.size(), time.address(), 0, 0);
      var ready = new BitSet();
      for (int i = 0; i < descriptors.size(); i++) {
        ready.set(i, Memory.getShort(entries, i * ENTRY + 6) != 0);
      }
      return ready;
    }
  }
}
