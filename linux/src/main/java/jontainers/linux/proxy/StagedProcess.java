package jontainers.linux.proxy;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import jontainers.linux.Fd;
import jontainers.linux.PacketSocket;
import jontainers.linux.Pidfd;
import jontainers.linux.Syscall;
import jontainers.linux.SyscallException;
import org.jspecify.annotations.Nullable;

/// Own a process that is made in stages, until it is left to itself.
///
/// Unlike a [ProxiedProcess] it has no guard: the agent ends when it has made the child. As long as
/// the child still waits for calls it depends on this JVM, since the end of its control socket ends
/// it; after its last stage it does not. Between two stages the caller may do what only it can.
///
/// Blocking: use a platform thread. Confined to one thread.
public final class StagedProcess implements AutoCloseable {
  private static final int SIGKILL = 9;

  private final PacketSocket conversation;
  private final Pidfd pidfd;
  private final Pace pace;
  private final CallObserver observer;
  private final List<Fd> sent;
  private int control = Roles.CONTROL;
  private boolean left;

  private StagedProcess(
      PacketSocket conversation, Pidfd pidfd, Pace pace, CallObserver observer, List<Fd> sent) {
    this.conversation = conversation;
    this.pidfd = pidfd;
    this.pace = pace;
    this.observer = observer;
    this.sent = sent;
  }

  /// Make a process and perform its first stage.
  ///
  /// @param plan whose child's calls are the first stage, and whose agent leaves
  /// @param descriptors what the agent finds as descriptors 1, 2, 3, …; lent
  /// @param preserved what it finds from [Plan#PRESERVED] on; lent
  /// @throws SyscallException for the first call that failed and may not; no process is left
  public static StagedProcess start(
      Plan plan, List<Fd> descriptors, List<Fd> preserved, Pace pace, CallObserver observer)
      throws SyscallException {
    return start(plan, descriptors, preserved, pace, observer, Script.End.REPLY);
  }

  /// Make a process that becomes its program at once: its only stage ends with execve(2).
  ///
  /// @throws SyscallException for the first call that failed and may not; no process is left
  public static StagedProcess startProgram(
      Plan plan, List<Fd> descriptors, List<Fd> preserved, Pace pace, CallObserver observer)
      throws SyscallException {
    var process = start(plan, descriptors, preserved, pace, observer, Script.End.PROGRAM);
    process.left = true;
    return process;
  }

  private static StagedProcess start(
      Plan plan,
      List<Fd> descriptors,
      List<Fd> preserved,
      Pace pace,
      CallObserver observer,
      Script.End end)
      throws SyscallException {
    var script =
        Script.of(List.of(), Roles.agent(plan, descriptors.size() + 1), Roles.child(plan), pace);
    var childControl = PacketSocket.pair("the child's control socket");
    var conversation = childControl.first();
    var made = new Made();
    try {
      try {
        makeChild(script, descriptors, preserved, childControl.second(), observer, made);
      } finally { // an agent that waits for more calls ends with its conversation
        reap(made.agent);
      }
      var pidfd = Objects.requireNonNull(made.child, "a clone that returned");
      var sent = script.perform(conversation, pidfd, end, observer);
      return new StagedProcess(conversation, pidfd, pace, observer, sent);
    } catch (SyscallException | RuntimeException | Error e) {
      conversation.close();
      end(made.child);
      throw e;
    }
  }

  /// The two processes, once they are there.
  private static final class Made {
    private @Nullable Pidfd agent;
    private @Nullable Pidfd child;
  }

  /// @param childs the child's end of its conversation, which nobody but it may keep
  private static void makeChild(
      Script script,
      List<Fd> descriptors,
      List<Fd> preserved,
      PacketSocket childs,
      CallObserver observer,
      Made made)
      throws SyscallException {
    var control = PacketSocket.pair("the agent's control socket");
    try (var ours = control.first()) {
      Pidfd agent;
      try (var theirs = control.second();
          childs) {
        var passed = new ArrayList<Fd>();
        passed.add(theirs.fd());
        passed.addAll(descriptors);
        passed.add(childs.fd());
        agent = ProxyImage.spawn(script.first(), ours, passed, preserved);
      }
      made.agent = agent;
      long[] results = script.awaitAgent(ours);
      var child = script.child(results);
      if (child.isPresent()) {
        made.child = Pidfd.open(child.get());
      }
      script.report(results, observer);
    }
  }

  /// Return the descriptor of the process, lent.
  public Pidfd pidfd() {
    return pidfd;
  }

  /// Return the descriptors that it has sent so far, in their order; the caller closes them.
  public List<Fd> sent() {
    return List.copyOf(sent);
  }

  /// Have the process keep its control socket under another number from here on, since its own is
  /// wanted for something else.
  public void moveControl(int number) throws SyscallException {
    var moving =
        Sequence.of(
            Call.of(
                Syscall.dup3,
                "the control socket",
                control,
                number,
                Argument.of(Fd.O_CLOEXEC, "O_CLOEXEC")));
    control = number;
    perform(List.of(moving));
  }

  /// Perform further calls, which do not end with an execve(2), and wait for their results.
  public void perform(List<Sequence> stage) throws SyscallException {
    sent.addAll(
        Script.later(stage, pace, control)
            .perform(conversation, pidfd, Script.End.REPLY, observer));
  }

  /// Perform the last calls, which end with an execve(2), and wait for that.
  public void execute(List<Sequence> stage) throws SyscallException {
    sent.addAll(
        Script.later(stage, pace, control)
            .perform(conversation, pidfd, Script.End.PROGRAM, observer));
    left = true;
  }

  /// Hand over the last calls without waiting for them: from here on the process is on its own, and
  /// whoever it connects to hears what becomes of it.
  public void leave(List<Sequence> stage) throws SyscallException {
    Bulk.send(conversation, stage, control);
    left = true;
  }

  /// Let go of the process, or end it where it still depends on this JVM.
  @Override
  public void close() {
    conversation.close();
    if (left) {
      pidfd.close();
    } else {
      sent.forEach(Fd::close);
      end(pidfd);
    }
  }

  private static void end(@Nullable Pidfd process) {
    if (process == null) {
      return;
    }
    try (process) {
      process.sendSignal(SIGKILL);
      var _ = process.waitFor();
    } catch (SyscallException e) {
      // it is gone, which is what was wanted
    }
  }

  private static void reap(@Nullable Pidfd agent) {
    if (agent == null) {
      return;
    }
    try (agent) {
      var _ = agent.waitFor();
    } catch (SyscallException e) {
      // somebody else has reaped it
    }
  }
}
