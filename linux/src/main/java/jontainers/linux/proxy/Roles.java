package jontainers.linux.proxy;

import java.util.ArrayList;
import java.util.List;
import jontainers.linux.Syscall;

/// The calls that make agent, guard and child of a spawned proxy; see [ProxiedProcess].
final class Roles {
  /// Where a proxy has its control socket, once it has taken its descriptors.
  static final int CONTROL = 100;

  /// Where the child's control socket waits for the child to take it.
  static final int CHILD_CONTROL = 101;

  /// Where the guard has the descriptor of the child.
  private static final int GUARDED = CHILD_CONTROL;

  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int O_CLOEXEC = 0x80000;
  private static final int SIGKILL = 9;
  private static final String GUARD = "the guard";

  private Roles() {}

  /// Return all that the agent does: take its descriptors, prepare, clone, and guard the child.
  ///
  /// @param childControl the number at which the agent was given the child's control socket
  static List<Sequence> agent(Plan plan, int childControl) {
    var sequences = new ArrayList<Sequence>();
    sequences.add(
        Sequence.of(
            dup3("the control socket", 0, CONTROL),
            dup3("the child's control socket", childControl, CHILD_CONTROL)));
    sequences.addAll(plan.agent());
    sequences.add(cloneAndGuard(plan));
    return List.copyOf(sequences);
  }

  /// Return all that the child does, its own control socket first.
  static List<Sequence> child(Plan plan) {
    var sequences = new ArrayList<Sequence>();
    sequences.add(
        Sequence.of(
            dup3("the control socket", CHILD_CONTROL, CONTROL),
            Call.of(
                Syscall.close_range,
                "the child's control socket",
                CHILD_CONTROL,
                CHILD_CONTROL,
                0)));
    sequences.addAll(plan.child());
    return List.copyOf(sequences);
  }

  /// The guard keeps no pipe of the child open, or its reader would never see the end.
  private static Sequence cloneAndGuard(Plan plan) {
    var calls = new ArrayList<Call>();
    calls.add(plan.cloning());
    // In the place of the child's control socket, since the kernel gave it a low number.
    calls.add(
        Call.of(
            Syscall.dup3,
            GUARD,
            new Argument.Loaded(plan.pidfd(), 0),
            GUARDED,
            Argument.of(O_CLOEXEC, "O_CLOEXEC")));
    calls.add(Call.of(Syscall.close_range, GUARD, 0, CONTROL - 1, 0));
    calls.add(
        Call.of(
                Syscall.sendto,
                GUARD,
                CONTROL,
                new Argument.OwnFrame(),
                new Argument.ReplyLength(),
                MSG_NOSIGNAL)
            .allowedToFail());
    var one = Argument.Struct.of("byte", new byte[8]);
    // Twice: the first says ECONNRESET if this JVM died before it had read the message above.
    calls.add(Call.of(Syscall.recvfrom, GUARD, CONTROL, one, 1).allowedToFail());
    calls.add(Call.of(Syscall.recvfrom, GUARD, CONTROL, one, 1).allowedToFail());
    calls.add(
        Call.of(Syscall.pidfd_send_signal, GUARD, GUARDED, Argument.of(SIGKILL, "SIGKILL"), 0, 0)
            .allowedToFail());
    plan.guard().forEach(call -> calls.add(call.allowedToFail()));
    calls.add(Call.of(Syscall.exit_group, GUARD, 0));
    return new Sequence(calls);
  }

  private static Call dup3(String what, int from, int to) {
    return Call.of(Syscall.dup3, what, from, to, Argument.of(O_CLOEXEC, "O_CLOEXEC"));
  }
}
