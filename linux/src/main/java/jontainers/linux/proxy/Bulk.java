package jontainers.linux.proxy;

import java.util.Arrays;
import java.util.List;
import jontainers.linux.Arch;
import jontainers.linux.PacketSocket;
import jontainers.linux.Syscall;
import jontainers.linux.SyscallException;

/// Send calls whose memory (a large environment) does not fit a frame.
///
/// A frame before theirs makes the proxy map memory at [#ADDRESS] and read it in pieces from its
/// control socket; the calls then point there.
final class Bulk {
  private static final int ADDRESS = 0x10000000;
  private static final int PIECE = 128 * 1024;
  private static final int PAGE = 0x10000;
  private static final String OBJECT = "memory for the arguments";

  private Bulk() {}

  /// @param control where the child has its control socket
  static void send(PacketSocket child, List<Sequence> calls, int control) throws SyscallException {
    var arch = Arch.current();
    if (Frame.size(calls) <= Frame.LIMIT) {
      child.send(Frame.of(arch, List.of(calls), control));
      return;
    }
    var split = Frame.split(arch, calls, control, ADDRESS);
    byte[] memory = split.memory();
    var reading = List.of(List.of(reading(memory.length, control)));
    child.send(Frame.of(arch, reading, control));
    for (int at = 0; at < memory.length; at += PIECE) {
      child.send(Arrays.copyOfRange(memory, at, Math.min(memory.length, at + PIECE)));
    }
    child.receive(Frame.replyLength(reading));
    child.send(split.head());
  }

  private static Sequence reading(int length, int control) {
    int pieces = (length + PIECE - 1) / PIECE;
    var calls = new Call[1 + pieces];
    calls[0] =
        Call.of(
            Syscall.mmap,
            OBJECT,
            ADDRESS,
            (length + PAGE - 1) / PAGE * PAGE,
            Argument.of(3, "PROT_READ|PROT_WRITE"),
            Argument.of(0x32, "MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS"),
            -1,
            0);
    for (int i = 0; i < pieces; i++) {
      calls[1 + i] = Call.of(Syscall.read, OBJECT, control, ADDRESS + i * PIECE, PIECE);
    }
    return Sequence.of(calls);
  }
}
