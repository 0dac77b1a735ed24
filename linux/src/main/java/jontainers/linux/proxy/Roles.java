package jontainers.linux.proxy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import jontainers.linux.Syscall;

/// The calls that make zygote, agent, guard and child of a proxy; see [ProxiedProcess] and
/// [Zygotes].
final class Roles {
  /// Where a proxy has its control socket, once it has taken its descriptors.
  static final int CONTROL = 100;

  /// Where the child's control socket waits for the child to take it.
  static final int CHILD_CONTROL = 101;

  /// Where the guard has the descriptor of the child.
  static final int GUARDED = CHILD_CONTROL;

  private static final long PIDFD_GET_MNT_NAMESPACE = 0xff03; // linux/pidfd.h, since Linux 6.11
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int O_CLOEXEC = 0x80000;
  private static final int SIGKILL = 9;
  private static final long CLONE_PARENT = 0x8000;
  private static final byte[] ONE = number(1);
  private static final String AGENT = "the agent";
  private static final String GUARD = "the guard";
  private static final String ZYGOTE = "the zygote";

  /// How many bytes of descriptors a zygote takes at most, as struct cmsghdr: 62 of them.
  private static final int PASSED = 264;

  private Roles() {}

  /// Return what a zygote does once, when it was spawned with its control socket as descriptor 0:
  /// it keeps nothing else of this JVM, no key of a terminal reaches it, and nobody traces it.
  static List<Sequence> zygote() {
    return List.of(
        Sequence.of(
            dup3("the control socket", 0, CONTROL),
            Call.of(Syscall.prctl, ZYGOTE, Argument.of(4, "PR_SET_DUMPABLE"), 0, 0, 0, 0),
            Call.of(Syscall.close_range, ZYGOTE, 0, CONTROL - 1, 0),
            Call.of(Syscall.close_range, ZYGOTE, CONTROL + 1, Argument.of(0xffffffffL), 0),
            Call.of(Syscall.setsid, ZYGOTE)));
  }

  /// Return what a zygote does for each agent: take the agent's descriptors, which come in a
  /// message behind the frame and get the numbers from 0 on, make it a child of this JVM, and let
  /// go of them. When the clone fails they are closed, too.
  static List<Sequence> agentMaking() {
    var vector = oneByte();
    var header = header(vector, Argument.Struct.of("descriptors", new byte[PASSED]), PASSED);
    // struct clone_args: flags, then a pidfd, two thread ids, an exit signal, a stack, its size,
    // tls
    var arguments = Argument.Struct.of("{flags=CLONE_PARENT}", number(CLONE_PARENT), new byte[56]);
    return List.of(
        Sequence.of(
            Call.of(Syscall.recvmsg, ZYGOTE, CONTROL, header, 0),
            Call.of(Syscall.clone3, ZYGOTE, arguments, 64).continuingAsChild().allowedToFail(),
            Call.of(Syscall.close_range, ZYGOTE, 0, CONTROL - 1, 0)));
  }

  static Argument.Struct oneByte() {
    return Argument.Struct.of("one byte", Argument.Struct.of("byte", new byte[8]), ONE);
  }

  /// Make the struct msghdr of a message with one vector and descriptors.
  static Argument.Struct header(Argument.Struct vector, Argument.Struct descriptors, int size) {
    return Argument.Struct.of(
        "{descriptors}", new byte[16], vector, ONE, descriptors, number(size), new byte[8]);
  }

  /// Find the new agent's number, or a negated errno, in a zygote's reply.
  static long agentNumber(byte[] reply) {
    return Frame.results(reply, 1, 1)[0];
  }

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
    // Not a pattern switch, which is linked at run time: a cold start would pay for it.
    if (plan.afterwards() instanceof Plan.Afterwards.Guard guard) {
      sequences.add(cloneAndGuard(plan, awaitTheEnd(), guard.calls()));
    } else if (plan.afterwards() instanceof Plan.Afterwards.GuardOrKeep guard) {
      sequences.add(cloneAndGuard(plan, Keeper::calls, guard.calls()));
    } else {
      sequences.add(cloneAndLeave(plan));
    }
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

  /// The agent tells this JVM what it has made and ends.
  private static Sequence cloneAndLeave(Plan plan) {
    return Sequence.of(plan.cloning(), tellTheJvm(), Call.of(Syscall.exit_group, AGENT, 0));
  }

  /// The guard keeps no pipe of the child open, or its reader would never see the end.
  ///
  /// @param waiting makes the calls that wait for the end of this JVM, from the index of the first
  private static Sequence cloneAndGuard(
      Plan plan, IntFunction<List<Call>> waiting, List<Call> restoring) {
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
    calls.add(tellTheJvm());
    // The end of the child's mounts takes longer than a start's other half; the one who waits for
    // the
    // child need not wait for it, when it is the guard that lets go of them last.
    calls.add(
        Call.of(
                Syscall.ioctl,
                GUARD,
                GUARDED,
                Argument.of(PIDFD_GET_MNT_NAMESPACE, "PIDFD_GET_MNT_NAMESPACE"),
                0)
            .allowedToFail());
    calls.addAll(waiting.apply(calls.size()));
    calls.add(
        Call.of(Syscall.pidfd_send_signal, GUARD, GUARDED, Argument.of(SIGKILL, "SIGKILL"), 0, 0)
            .allowedToFail());
    restoring.forEach(call -> calls.add(call.allowedToFail()));
    calls.add(Call.of(Syscall.exit_group, GUARD, 0));
    return new Sequence(calls);
  }

  /// Twice: the first says ECONNRESET if this JVM died before it had read what it was told.
  private static IntFunction<List<Call>> awaitTheEnd() {
    var one = Argument.Struct.of("byte", new byte[8]);
    var hearing = Call.of(Syscall.recvfrom, GUARD, CONTROL, one, 1).allowedToFail();
    return _ -> List.of(hearing, hearing);
  }

  private static Call tellTheJvm() {
    return Call.of(
            Syscall.sendto,
            AGENT,
            CONTROL,
            new Argument.OwnFrame(),
            new Argument.ReplyLength(),
            MSG_NOSIGNAL)
        .allowedToFail();
  }

  static byte[] number(long value) {
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
  }

  private static Call dup3(String what, int from, int to) {
    return Call.of(Syscall.dup3, what, from, to, Argument.of(O_CLOEXEC, "O_CLOEXEC"));
  }
}
