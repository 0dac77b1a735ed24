package jontainers.runtime;

import java.io.IOException;
import java.util.Optional;
import jontainers.linux.ExitStatus;
import jontainers.linux.Fd;
import jontainers.linux.SyscallException;
import jontainers.linux.proxy.ProxiedProcess;

/// Own a running container: its first process and its cgroups.
///
/// [#close] ends it whatever state it is in. [#signal] is safe for any thread; the rest belongs to
/// the thread that started it.
public final class ContainerProcess implements AutoCloseable {
  private final ProxiedProcess process;
  private final Cgroup cgroup;

  ContainerProcess(ProxiedProcess process, Cgroup cgroup) {
    this.process = process;
    this.cgroup = cgroup;
  }

  /// Return the number of the first process in the pid namespace of this JVM.
  public int pid() {
    return process.pidfd().pid();
  }

  /// Return the descriptor of the first process, lent; it is readable when that has ended.
  public Fd pidfd() {
    return process.pidfd().fd();
  }

  /// Return the master of the container's terminal; the caller closes it.
  public Optional<Fd> terminal() {
    return process.sent();
  }

  /// Send a signal to the first process; one that has ended takes it without a word.
  ///
  /// The first process of a pid namespace gets only signals that it handles, and SIGKILL and
  /// SIGSTOP: pid_namespaces(7).
  public void signal(int number) throws SyscallException {
    process.pidfd().sendSignal(number);
  }

  /// Wait until the first process has ended; the kernel has then killed all others.
  public ExitStatus waitFor() throws SyscallException {
    return process.waitFor();
  }

  /// Return how many of its processes the kernel has killed because memory was short, where its
  /// memory is limited; before it is closed.
  public long outOfMemoryKills() throws IOException {
    return cgroup.outOfMemoryKills();
  }

  /// Go away and let the container run on, with a keeper; for one with a terminal. This object is
  /// closed then.
  ///
  /// @param master of its terminal, which the keeper reads; lent
  /// @param held is open until its first process has ended; lent
  /// @param record a file where the keeper writes how it ended; lent
  public void leave(Fd master, Fd held, Fd record) throws SyscallException {
    process.leave(master, held, record);
  }

  /// Kill what still runs; the guard and the cgroups are left to [#close].
  public void end() {
    process.end();
  }

  /// Wait until the container's mounts are gone, after its end.
  public void letGo() {
    process.close();
  }

  /// Kill what still runs and remove the cgroups, on any one thread.
  @Override
  public void close() throws IOException {
    process.close();
    cgroup.remove();
  }
}
