package jontainers.linux.proxy;

import java.util.List;
import jontainers.linux.Arch;
import jontainers.linux.Errno;
import jontainers.linux.Fd;
import jontainers.linux.Memfd;
import jontainers.linux.PacketSocket;
import jontainers.linux.Pidfd;
import jontainers.linux.Spawn;
import jontainers.linux.SyscallException;

/// Own a proxy that lives on and clones agents, each a child of this JVM.
///
/// It ends with its control socket, that is with this object or with this JVM. Confined to one
/// thread at a time.
final class Zygote implements AutoCloseable {
  private final PacketSocket control;
  private final Pidfd process;

  private Zygote(PacketSocket control, Pidfd process) {
    this.control = control;
    this.process = process;
  }

  /// Tells that a zygote has ended, which nobody asked for.
  static final class Gone extends Exception {
    private static final long serialVersionUID = 1;

    Gone(SyscallException cause) {
      super(cause);
    }
  }

  /// Spawn one; return when it is ready and holds no descriptor of this JVM.
  static Zygote spawn() throws SyscallException {
    var control = PacketSocket.pair("a zygote's control socket");
    var calls = List.of(Roles.zygote());
    Zygote zygote;
    try {
      control.first().send(Frame.of(Arch.current(), calls, Roles.CONTROL));
      zygote = new Zygote(control.first(), process(control.second()));
    } catch (SyscallException | RuntimeException e) {
      control.first().close();
      throw e;
    }
    try {
      zygote.awaitReady(Frame.replyLength(calls));
    } catch (SyscallException | RuntimeException e) {
      zygote.close();
      throw e;
    }
    return zygote;
  }

  /// No copy of its end is left here, so that its death would be seen.
  ///
  /// @param theirs is closed: only the zygote has it then
  private static Pidfd process(PacketSocket theirs) throws SyscallException {
    try (theirs;
        var image = Memfd.executable("jontainers", ProxyImage.elf(Arch.current()))) {
      return Pidfd.open(
          Spawn.spawn(
              image.procPath().toString(), List.of("jontainers"), List.of(), List.of(theirs.fd())));
    }
  }

  private void awaitReady(int length) throws SyscallException {
    if (control.receive(length).bytes().length == 0) {
      throw new SyscallException("posix_spawn", "a zygote ended early", Errno.ECHILD);
    }
  }

  /// Make an agent.
  ///
  /// @param script whose first frame begins with [Roles#agentMaking]
  /// @param descriptors the agent's from 0 on; lent
  /// @throws Gone when the zygote has ended; an agent may have been made a moment before
  Pidfd agent(Script script, List<Fd> descriptors) throws SyscallException, Gone {
    byte[] reply;
    try {
      control.send(script.first());
      control.send(descriptors);
      reply = control.receive(script.firstReplyLength()).bytes();
    } catch (SyscallException e) {
      throw new Gone(e);
    }
    if (reply.length == 0) {
      throw new Gone(new SyscallException("clone3", "the zygote ended", Errno.ECHILD));
    }
    long number = Roles.agentNumber(reply);
    if (number < 0) {
      throw new SyscallException("clone3", "an agent", Errno.of((int) -number));
    }
    return Pidfd.open((int) number);
  }

  /// Let it end, and reap it.
  @Override
  public void close() {
    control.close();
    try (process) {
      process.waitFor();
    } catch (SyscallException e) {
      // it was reaped already
    }
  }
}
