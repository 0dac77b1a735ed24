package jontainers.runtime.step;

import java.util.ArrayList;
import java.util.List;
import jontainers.linux.Syscall;
import jontainers.linux.proxy.Argument;
import jontainers.linux.proxy.Call;
import jontainers.linux.proxy.Sequence;

/// Steps about the small init of `--init`: pid_namespaces(7).
public sealed interface InitStep extends Step {

  /// Stay as process 1 and let a child become the program.
  ///
  /// The proxy itself is the init: it forwards each signal to the child, reaps every process that
  /// loses its parent, and ends with the child's code. It has the rights of the program and not one
  /// more, since this step comes after those that take rights away.
  ///
  /// The loop sleeps in ppoll(2) on two signalfd(2), one for SIGCHLD and one for all else. A proxy
  /// has no arithmetic and one condition, whether a result is 0. So a status of wait(2) becomes an
  /// exit code in two ways: that of exit(3) is the int one byte into the status, and for a signal a
  /// table in a memfd is read at the status as its offset.
  ///
  /// From the clone on both have the control socket, and whoever is at the other end takes a reply
  /// for the child's. So nothing of the init's own fails with a reply: it ends with the engine's
  /// code where it cannot let go of what is not its own, and the container with it.
  ///
  /// @param terminal whether the child is to be in the foreground of a terminal
  record StayAsInit(boolean terminal) implements InitStep {
    private static final long SIGCHLD = 17;
    private static final long SIGNAL_BIT = 1L << (SIGCHLD - 1);
    private static final long CLONE_CHILD_SETTID = 0x01000000;
    private static final Argument WNOHANG = Argument.of(1, "WNOHANG");
    private static final Argument SIG_SETMASK = Argument.of(2, "SIG_SETMASK");
    private static final String INIT = "the init";
    private static final int STATUSES = 256;
    private static final int ENGINE_FAILED = 125;

    @Override
    public Sequence calls() {
      var calls = new ArrayList<Call>();
      var status = Argument.Struct.of("status", new byte[8]);
      var code = Argument.Struct.of("code", new byte[8]);
      var pid = Argument.Struct.of("pid", new byte[8]);
      prepare(calls);
      int cloning = calls.size();
      var parent = parent(cloning, status, code);
      // The place of the child's number differs between architectures; the other is not looked at.
      calls.add(
          Call.of(
                  Syscall.clone,
                  "the program's process",
                  Argument.of(CLONE_CHILD_SETTID | SIGCHLD, "CLONE_CHILD_SETTID|SIGCHLD"),
                  0,
                  0,
                  pid,
                  pid)
              .skippingTo(cloning + 1 + parent.size()));
      calls.addAll(parent);
      calls.add(Call.of(Syscall.setpgid, "the program's process", 0, 0));
      if (terminal) {
        calls.add(Call.of(Syscall.ioctl, "the terminal", 0, Argument.of(0x5410, "TIOCSPGRP"), pid));
      }
      calls.add(
          Call.of(
              Syscall.rt_sigprocmask,
              "the program's process",
              SIG_SETMASK,
              Argument.Struct.of("[]", Bits.longs(0)),
              Bits.NULL,
              8));
      return new Sequence(calls);
    }

    @Override
    public String summary() {
      return "stay as an init, with a child that becomes the program";
    }

    private static void prepare(List<Call> calls) {
      calls.add(
          Call.of(
              Syscall.rt_sigprocmask,
              INIT,
              SIG_SETMASK,
              Argument.Struct.of("~[]", Bits.longs(-1)),
              Bits.NULL,
              8));
      calls.add(
          Call.of(
              Syscall.close_range,
              INIT,
              Descriptors.CHILD_SIGNALS,
              Descriptors.LAST_CONTROL - 2,
              0));
      calls.add(signals(SIGNAL_BIT, "[CHLD]")); // 3, CHILD_SIGNALS
      calls.add(signals(~SIGNAL_BIT, "~[CHLD]")); // 4, OTHER_SIGNALS
      byte[] codes = new byte[STATUSES];
      for (int status = 1; status < STATUSES; status++) {
        codes[status] = (byte) (128 + (status & 0x7f)); // the bit above says "core dumped"
      }
      var table = new Argument.Result(calls.size());
      calls.add(
          Call.of(
              Syscall.memfd_create, INIT, "codes", Argument.of(1, "MFD_CLOEXEC"))); // EXIT_CODES
      calls.add(
          Call.of(
              Syscall.write, INIT, table, Argument.Struct.of("codes", (Object) codes), STATUSES));
      calls.add(Call.of(Syscall.prctl, INIT, Argument.of(15, "PR_SET_NAME"), "init", 0, 0, 0));
    }

    private static Call signals(long mask, String text) {
      return Call.of(
          Syscall.signalfd4,
          INIT,
          -1,
          Argument.Struct.of(text, Bits.longs(mask)),
          8,
          Argument.of(0x80000, "SFD_CLOEXEC"));
    }

    /// Return the calls of the init itself; none of them returns to the sequence.
    ///
    /// @param cloning the index of the clone, whose result is the program's process
    private static List<Call> parent(int cloning, Argument.Struct status, Argument.Struct code) {
      var child = new Argument.Result(cloning);
      var both =
          Argument.Struct.of(
              "[{fd=3, events=POLLIN}, {fd=4, events=POLLIN}]",
              Bits.ints(Descriptors.CHILD_SIGNALS, 1, Descriptors.OTHER_SIGNALS, 1));
      var others =
          Argument.Struct.of("[{fd=4, events=POLLIN}]", Bits.ints(Descriptors.OTHER_SIGNALS, 1));
      var taken =
          Argument.Struct.of("[{fd=3, events=POLLIN}]", Bits.ints(Descriptors.CHILD_SIGNALS, 1));
      var info = Argument.Struct.of("info", new byte[128]);
      var now = Argument.Struct.of("{0, 0}", Bits.longs(0, 0));
      int rest = cloning + 3;
      int loop = rest + 2;
      int hear = loop + 3;
      int reap = hear + 3;
      return List.of(
          Call.of(Syscall.close_range, INIT, 0, Descriptors.CHILD_SIGNALS - 1, 0)
              .allowedToFail()
              .skippingTo(rest),
          Call.of(Syscall.exit_group, INIT, ENGINE_FAILED),
          // rest: the control socket, too
          Call.of(Syscall.close_range, INIT, Descriptors.EXIT_CODES + 1, Bits.LAST_FD, 0)
              .allowedToFail()
              .skippingTo(loop),
          Call.of(Syscall.exit_group, INIT, ENGINE_FAILED),
          // loop: wait for anything, and take SIGCHLD away if it is there
          Call.of(Syscall.ppoll, INIT, both, 2, Bits.NULL, Bits.NULL, 8).allowedToFail(),
          Call.of(Syscall.ppoll, INIT, taken, 1, now, Bits.NULL, 8)
              .allowedToFail()
              .skippingTo(hear),
          Call.of(Syscall.read, INIT, Descriptors.CHILD_SIGNALS, info, 128).allowedToFail(),
          // hear: pass another signal on
          Call.of(Syscall.ppoll, INIT, others, 1, now, Bits.NULL, 8)
              .allowedToFail()
              .skippingTo(reap),
          Call.of(Syscall.read, INIT, Descriptors.OTHER_SIGNALS, info, 128).allowedToFail(),
          Call.of(Syscall.kill, INIT, child, new Argument.Loaded(info, 0)).allowedToFail(),
          // reap: until nothing has ended; then it was the program if it is not there any more
          Call.of(Syscall.wait4, INIT, -1, status, WNOHANG, Bits.NULL)
              .allowedToFail()
              .skippingTo(loop),
          Call.of(Syscall.kill, INIT, child, 0).allowedToFail().skippingTo(reap),
          Call.of(
                  Syscall.lseek,
                  INIT,
                  Descriptors.EXIT_CODES,
                  new Argument.Loaded(status, 1),
                  Argument.of(0, "SEEK_SET"))
              .allowedToFail()
              .skippingTo(reap + 4),
          Call.of(Syscall.exit_group, INIT, new Argument.Loaded(status, 1)),
          Call.of(
                  Syscall.pread64,
                  INIT,
                  Descriptors.EXIT_CODES,
                  code,
                  1,
                  new Argument.Loaded(status, 0))
              .allowedToFail(),
          Call.of(Syscall.exit_group, INIT, new Argument.Loaded(code, 0)));
    }
  }
}
