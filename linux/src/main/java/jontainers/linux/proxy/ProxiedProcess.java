package jontainers.linux.proxy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jontainers.linux.Arch;
import jontainers.linux.ExitStatus;
import jontainers.linux.Fd;
import jontainers.linux.Memfd;
import jontainers.linux.PacketSocket;
import jontainers.linux.Pidfd;
import jontainers.linux.Spawn;
import jontainers.linux.SyscallException;

/// Own a process that performed the calls of a [Plan] and then became a program.
///
/// Two processes come into being. The *agent* is spawned from the proxy's image, clones the child
/// with CLONE_PARENT (so that the child is a child of this JVM) and stays as its *guard*: it waits
/// for the end of its control socket, which comes when this object is closed or when this JVM dies
/// in whatever way, and then kills the child. It belongs to none of the child's namespaces. The
/// *child* performs its calls and replies on a control socket that is close-on-exec: its end
/// without a reply means that execve(2) succeeded.
///
/// Blocking: use a platform thread. Confined to one thread, except [#pidfd], which is safe for any.
public final class ProxiedProcess implements AutoCloseable {
  private final PacketSocket guard;
  private final Pidfd agent;
  private final Pidfd pidfd;
  private final Optional<Fd> sent;

  private ProxiedProcess(PacketSocket guard, Pidfd agent, Pidfd pidfd, Optional<Fd> sent) {
    this.guard = guard;
    this.agent = agent;
    this.pidfd = pidfd;
    this.sent = sent;
  }

  /// Perform a plan; return when the child's execve(2) has succeeded.
  ///
  /// @param descriptors what the agent finds as descriptors 1, 2, 3, …; lent
  /// @throws SyscallException for the first call that failed and may not; no process is left
  public static ProxiedProcess start(
      Plan plan, List<Fd> descriptors, Pace pace, CallObserver observer) throws SyscallException {
    var agentCalls = Roles.agent(plan, descriptors.size() + 1);
    var script = Script.of(agentCalls, Roles.child(plan), pace);
    var control = PacketSocket.pair("the agent's control socket");
    var childControl = PacketSocket.pair("the child's control socket");
    Pidfd agent = null;
    Pidfd pidfd = null;
    try (var conversation = childControl.first()) {
      try (var theirs = control.second();
          var childs = childControl.second();
          var image = Memfd.executable("jontainers", ProxyImage.elf(Arch.current()))) {
        control.first().send(script.first());
        var passed = new ArrayList<Fd>();
        passed.add(theirs.fd());
        passed.addAll(descriptors);
        passed.add(childs.fd());
        agent =
            Pidfd.open(
                Spawn.spawn(image.procPath().toString(), List.of("jontainers"), List.of(), passed));
      }
      pidfd = Pidfd.open(script.awaitClone(control.first(), observer));
      var sent = script.perform(conversation, pidfd, observer);
      return new ProxiedProcess(control.first(), agent, pidfd, sent);
    } catch (SyscallException | RuntimeException | Error e) {
      control.first().close();
      endAndReap(pidfd);
      endAndReap(agent);
      throw e;
    }
  }

  /// Return the descriptor of the process, lent.
  public Pidfd pidfd() {
    return pidfd;
  }

  /// Return the descriptor that the child sent while it was set up, the master of its terminal; the
  /// caller owns it.
  public Optional<Fd> sent() {
    return sent;
  }

  /// Wait for the program to end and reap it.
  public ExitStatus waitFor() throws SyscallException {
    return pidfd.waitFor();
  }

  /// Kill what still runs and wait for it and the guard to be gone. Allowed at any time, once.
  @Override
  public void close() {
    guard.close();
    endAndReap(pidfd);
    endAndReap(agent);
  }

  /// A child that was waited for answers ESRCH and ECHILD.
  private static void endAndReap(@org.jspecify.annotations.Nullable Pidfd process) {
    if (process == null) {
      return;
    }
    try (process) {
      process.sendSignal(9);
      var _ = process.waitFor();
    } catch (SyscallException e) {
      // it is gone, which is what was wanted
    }
  }
}
