package jontainers.linux.proxy;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jontainers.linux.Errno;
import jontainers.linux.ExitStatus;
import jontainers.linux.Fd;
import jontainers.linux.PacketSocket;
import jontainers.linux.Pidfd;
import jontainers.linux.SyscallException;
import jontainers.linux.Terminal;

/// Own a process that performed the calls of a [Plan] and then became a program.
///
/// Two processes come into being. The *agent* is spawned from the proxy's image or cloned from a
/// zygote that was, clones the child with CLONE_PARENT (so that the child is a child of this JVM)
/// and stays as its *guard*: it waits for the end of its control socket, which comes when this
/// object is closed or when this JVM dies in whatever way, and then kills the child. It belongs to
/// none of the child's namespaces. The *child* performs its calls and replies on a control socket
/// that is close-on-exec: its end without a reply means that execve(2) succeeded.
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
    return new Start(plan, descriptors, pace, observer).spawned();
  }

  /// Perform a plan in an agent that a zygote makes.
  ///
  /// @param zygotes where there is none that lives, the agent is spawned
  /// @throws SyscallException for the first call that failed and may not; no process is left
  public static ProxiedProcess start(
      Zygotes zygotes, Plan plan, List<Fd> descriptors, Pace pace, CallObserver observer)
      throws SyscallException {
    var start = new Start(plan, descriptors, pace, observer);
    if (zygotes.isFirstUse()) {
      return start.spawned();
    }
    var cloned = start.cloned(zygotes);
    return cloned.isPresent() ? cloned.get() : start.spawned();
  }

  /// Makes the agent of a script.
  private interface AgentMaking {
    /// Make it.
    ///
    /// @param control to which its first frame may be sent; lent
    /// @param passed its descriptors, its control socket first; lent
    /// @return its process, or nothing when there is none and another way is to be tried
    Optional<Pidfd> make(Script script, PacketSocket control, List<Fd> passed)
        throws SyscallException;
  }

  /// What is asked for in one start.
  private record Start(Plan plan, List<Fd> descriptors, Pace pace, CallObserver observer) {
    ProxiedProcess spawned() throws SyscallException {
      return perform(List.of(), Start::spawn).orElseThrow();
    }

    Optional<ProxiedProcess> cloned(Zygotes zygotes) throws SyscallException {
      return perform(
          Roles.agentMaking(),
          (script, _, passed) -> zygotes.use(zygote -> zygote.agent(script, passed)));
    }

    private static Optional<Pidfd> spawn(Script script, PacketSocket control, List<Fd> passed)
        throws SyscallException {
      return Optional.of(ProxyImage.spawn(script.first(), control, passed));
    }

    private Optional<ProxiedProcess> perform(List<Sequence> zygote, AgentMaking making)
        throws SyscallException {
      var agentCalls = Roles.agent(plan, descriptors.size() + 1);
      var script = Script.of(zygote, agentCalls, Roles.child(plan), pace);
      var control = PacketSocket.pair("the agent's control socket");
      var childControl = PacketSocket.pair("the child's control socket");
      Pidfd agent = null;
      Pidfd pidfd = null;
      try (var conversation = childControl.first()) {
        try (var theirs = control.second();
            var childs = childControl.second()) {
          var passed = new ArrayList<Fd>();
          passed.add(theirs.fd());
          passed.addAll(descriptors);
          passed.add(childs.fd());
          agent = making.make(script, control.first(), passed).orElse(null);
        }
        if (agent == null) {
          script.requireNoAgent(control.first());
          control.first().close();
          return Optional.empty();
        }
        long[] results = script.awaitAgent(control.first());
        var child = script.child(results);
        if (child.isPresent()) {
          pidfd = Pidfd.open(child.get());
        }
        script.report(results, observer);
        requireNonNull(pidfd, "a clone that returned");
        var sent = script.perform(conversation, pidfd, Script.End.PROGRAM, observer);
        return Optional.of(
            new ProxiedProcess(control.first(), agent, pidfd, sent.stream().findFirst()));
      } catch (SyscallException | RuntimeException | Error e) {
        control.first().close();
        endAndReap(pidfd);
        endAndReap(agent);
        throw e;
      }
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

  /// Go away and let the process run on, its guard becoming its keeper; see [ExitRecord] for what
  /// it writes. For a plan that has [Plan.Afterwards.GuardOrKeep].
  ///
  /// This JVM may end then, or go on: as long as it does it reaps the process. This object is
  /// closed.
  ///
  /// @param terminal the master of the process's terminal, which the keeper reads; lent
  /// @param held is open until the process has ended; lent
  /// @param record a file where the keeper writes how it ended; lent
  /// @throws SyscallException when the guard has not taken them; the process is guarded as before,
  ///   if it is not the guard that is gone
  public void leave(Fd terminal, Fd held, Fd record) throws SyscallException {
    try (var peer = Terminal.of(terminal).peer()) {
      guard.send(new byte[Keeper.ANSWER]);
      guard.send(List.of(terminal, peer, held, record));
    }
    if (guard.receive(Frame.LIMIT).bytes().length != Keeper.ANSWER) {
      throw new SyscallException("recvmsg", "the keeper's descriptors", Errno.EBADF);
    }
    guard.close();
    Thread.ofPlatform()
        .name("reaper of " + pidfd)
        .daemon()
        .start(() -> {
          reap(pidfd);
          reap(agent);
        });
  }

  /// Kill what still runs, and leave the guard behind, which lets go of the mounts. Allowed at any
  /// time.
  public void end() {
    guard.close();
    endAndReap(pidfd);
  }

  /// Kill what still runs and wait for it and the guard to be gone. Allowed at any time.
  @Override
  public void close() {
    end();
    endAndReap(agent);
  }

  /// A child that was waited for answers ESRCH and ECHILD.
  private static void endAndReap(@org.jspecify.annotations.Nullable Pidfd process) {
    if (process == null || !process.fd().isOpen()) {
      return;
    }
    try {
      process.sendSignal(9);
    } catch (SyscallException e) {
      // it is gone, which is what was wanted
    }
    reap(process);
  }

  private static void reap(Pidfd process) {
    try (process) {
      var _ = process.waitFor();
    } catch (SyscallException e) {
      // it has been waited for
    }
  }
}
