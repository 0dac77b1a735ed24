package jontainers.linux;

import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Own a descriptor that stands for one process, whatever becomes of its number: pidfd_open(2).
///
/// Safe for any thread. [#waitFor] blocks in the kernel: call it on a platform thread.
public final class Pidfd implements AutoCloseable {
  private static final int P_PIDFD = 3;
  private static final int WNOHANG = 1;
  private static final int WEXITED = 4;
  private static final int WNOWAIT = 0x1000000;
  private static final int CLD_EXITED = 1;

  private final int pid;
  private final Fd fd;

  private Pidfd(int pid, Fd fd) {
    this.pid = pid;
    this.fd = fd;
  }

  /// Open the descriptor of a process; ESRCH where there is none.
  public static Pidfd open(int pid) throws SyscallException {
    String name = "pid " + pid;
    int number = (int) Kernel.call(Syscall.pidfd_open, name, pid, 0);
    return new Pidfd(pid, Fd.owning(number, name));
  }

  /// Return the process's number in the pid namespace of this JVM.
  public int pid() {
    return pid;
  }

  /// Return the descriptor, lent.
  public Fd fd() {
    return fd;
  }

  /// Send a signal: pidfd_send_signal(2); ESRCH where the process has ended and was waited for.
  public void sendSignal(int signal) throws SyscallException {
    Kernel.call(Syscall.pidfd_send_signal, fd.name(), fd.number(), signal, 0, 0);
  }

  /// Wait until this child has ended, and reap it: waitid(2) with P_PIDFD.
  public ExitStatus waitFor() throws SyscallException {
    return waitid(WEXITED).orElseThrow();
  }

  /// Tell whether this child has ended, without reaping it.
  public boolean hasEnded() throws SyscallException {
    return waitid(WEXITED | WNOHANG | WNOWAIT).isPresent();
  }

  /// Wait until any process has ended, a child or not, and leave it to its parent to be reaped: the
  /// descriptor becomes readable then.
  ///
  /// @return whether it has ended before the time was over
  public boolean awaitEnd(Duration atMost) throws SyscallException {
    return !Poll.readable(List.of(fd), atMost).isEmpty();
  }

  private Optional<ExitStatus> waitid(int options) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      var info = arena.allocate(128, 8); // siginfo_t
      Kernel.call(Syscall.waitid, fd.name(), P_PIDFD, fd.number(), info.address(), options, 0);
      if (Memory.getInt(info, 0) == 0) { // si_signo: nothing to report
        return Optional.empty();
      }
      int code = Memory.getInt(info, 8);
      int status = Memory.getInt(info, 24);
      return Optional.of(
          code == CLD_EXITED ? new ExitStatus.Exited(status) : new ExitStatus.Killed(status));
    }
  }

  @Override
  public void close() {
    fd.close();
  }

  @Override
  public String toString() {
    return "pid " + pid;
  }
}
