package jontainers.linux.proxy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import jontainers.linux.Arch;
import jontainers.linux.Errno;
import jontainers.linux.Syscall;
import jontainers.linux.SyscallException;

/// Understand the last reply of a process that somebody else has made and left.
///
/// Whoever connects to it does not know its calls, but a reply has their numbers.
public final class LastReply {
  private static final int HEADER = 16;
  private static final int OPERATION = 64;
  private static final int RESULT = 56;

  private LastReply() {}

  /// Return the error that the last call ended with; nothing where the conversation ended without a
  /// reply, since execve(2) succeeded.
  public static Optional<SyscallException> of(byte[] reply) {
    var buffer = ByteBuffer.wrap(reply).order(ByteOrder.LITTLE_ENDIAN);
    SyscallException failed = null;
    for (int at = HEADER; at + OPERATION <= reply.length; at += OPERATION) {
      long result = buffer.getLong(at + RESULT);
      if (result < 0 && result > -4096) {
        failed =
            new SyscallException(name(buffer.getShort(at)), "the program", Errno.of((int) -result));
      }
    }
    return Optional.ofNullable(failed);
  }

  private static String name(int number) {
    return Arrays.stream(Syscall.values())
        .filter(call -> call.number(Arch.current()) == number)
        .findFirst()
        .map(Syscall::name)
        .orElse("system call " + number);
  }
}
