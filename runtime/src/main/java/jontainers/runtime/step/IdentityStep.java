package jontainers.runtime.step;

import java.util.ArrayList;
import java.util.List;
import jontainers.linux.Errno;
import jontainers.linux.Syscall;
import jontainers.linux.proxy.Argument;
import jontainers.linux.proxy.Call;
import jontainers.linux.proxy.Sequence;

/// Steps about who the process is and what it may do: credentials(7), capabilities(7), seccomp(2).
public sealed interface IdentityStep extends Step {

  /// Take capabilities out of the bounding set: no program that is executed can gain them.
  ///
  /// @param kept a bit for each capability that stays
  /// @param last the highest capability of this kernel
  record LimitBoundingSet(long kept, int last) implements IdentityStep {
    private static final Argument PR_CAPBSET_DROP = Argument.of(24, "PR_CAPBSET_DROP");

    @Override
    public Sequence calls() {
      var calls = new ArrayList<Call>();
      for (int capability = 0; capability <= last; capability++) {
        if ((kept & 1L << capability) == 0) {
          calls.add(
              Call.of(
                  Syscall.prctl, "capability " + capability, PR_CAPBSET_DROP, capability, 0, 0, 0));
        }
      }
      return new Sequence(calls);
    }

    @Override
    public String summary() {
      return "drop all other capabilities for good";
    }
  }

  /// Make files in another's name, without losing a capability: setfsuid(2), and
  /// SECBIT_NO_SETUID_FIXUP of capabilities(7), which goes when a user namespace is entered.
  ///
  /// An overlay does its own work in the name of whoever mounts it, who needs to have an id where
  /// its upper layer lies.
  record MakeFilesAs(long uid, long gid) implements IdentityStep {
    @Override
    public Sequence calls() {
      String who = "user " + uid + ":" + gid;
      return Sequence.of(
          Call.of(
              Syscall.prctl,
              who,
              Argument.of(28, "PR_SET_SECUREBITS"),
              Argument.of(4, "SECBIT_NO_SETUID_FIXUP"),
              0,
              0,
              0),
          Call.of(Syscall.setfsgid, who, gid),
          Call.of(Syscall.setfsuid, who, uid));
    }

    @Override
    public String summary() {
      return "make files as user " + uid + ", group " + gid;
    }
  }

  /// Become root of the user namespace, who is an ordinary user outside.
  record BecomeRoot() implements IdentityStep {
    @Override
    public Sequence calls() {
      String who = "root of the user namespace";
      return Sequence.of(
          Call.of(Syscall.setresgid, who, 0, 0, 0), Call.of(Syscall.setresuid, who, 0, 0, 0));
    }

    @Override
    public String summary() {
      return "become root of the user namespace";
    }
  }

  /// Become the container's user, keeping the permitted capabilities for [SetCapabilities].
  ///
  /// Groups first: without CAP_SETGID they could not be set any more.
  ///
  /// @param setsGroups whether setgroups(2) is allowed, which it is not in a user namespace that an
  ///   ordinary user has made alone
  record BecomeUser(long uid, long gid, List<Long> groups, boolean setsGroups)
      implements IdentityStep {
    public BecomeUser {
      groups = List.copyOf(groups);
    }

    /// Become a user where groups can be set.
    public BecomeUser(long uid, long gid, List<Long> groups) {
      this(uid, gid, groups, true);
    }

    @Override
    public Sequence calls() {
      String who = "user " + uid + ":" + gid;
      int[] numbers = groups.stream().mapToInt(Long::intValue).toArray();
      var calls = new ArrayList<Call>();
      calls.add(Call.of(Syscall.prctl, who, Argument.of(8, "PR_SET_KEEPCAPS"), 1, 0, 0, 0));
      if (setsGroups) {
        calls.add(
            Call.of(
                Syscall.setgroups,
                who,
                numbers.length,
                Argument.Struct.of(groups.toString(), Bits.ints(numbers))));
      }
      calls.add(Call.of(Syscall.setresgid, who, gid, gid, gid));
      calls.add(Call.of(Syscall.setresuid, who, uid, uid, uid));
      calls.add(Call.of(Syscall.prctl, who, Argument.of(8, "PR_SET_KEEPCAPS"), 0, 0, 0, 0));
      return new Sequence(calls);
    }

    @Override
    public String summary() {
      return "become user " + uid + ", group " + gid;
    }
  }

  /// Give pipes to the process's user, who opens them again by /dev/stdout: fchown(2).
  ///
  /// In a user namespace that has no number for whoever made a pipe that is not allowed.
  ///
  /// @param streams their numbers, none of which names a file of the host
  record OwnStreams(List<Integer> streams, long uid) implements IdentityStep {
    public OwnStreams {
      streams = List.copyOf(streams);
    }

    @Override
    public Sequence calls() {
      return new Sequence(
          streams.stream()
              .map(stream ->
                  Call.of(Syscall.fchown, "standard stream " + stream, stream, uid, -1)
                      .allowedToFail())
              .toList());
    }

    @Override
    public String summary() {
      return "give the pipes of the standard streams to user " + uid;
    }
  }

  /// Set the process's own capability sets: capset(2).
  record SetCapabilities(long effective, long permitted, long inheritable, String why)
      implements IdentityStep {
    private static final int VERSION_3 = 0x20080522;

    @Override
    public Sequence calls() {
      return Sequence.of(
          Call.of(
              Syscall.capset,
              "capabilities",
              Argument.Struct.of("{_LINUX_CAPABILITY_VERSION_3, 0}", Bits.ints(VERSION_3, 0)),
              Argument.Struct.of(
                  "{effective=%#x, permitted=%#x, inheritable=%#x}"
                      .formatted(effective, permitted, inheritable),
                  Bits.ints(
                      (int) effective,
                      (int) permitted,
                      (int) inheritable,
                      (int) (effective >>> 32),
                      (int) (permitted >>> 32),
                      (int) (inheritable >>> 32)))));
    }

    @Override
    public String summary() {
      return why;
    }
  }

  /// Set the ambient capabilities, which programs keep that are not executed as root.
  record SetAmbient(long capabilities) implements IdentityStep {
    private static final Argument PR_CAP_AMBIENT = Argument.of(47, "PR_CAP_AMBIENT");

    @Override
    public Sequence calls() {
      var calls = new ArrayList<Call>();
      calls.add(
          Call.of(
              Syscall.prctl,
              "ambient capabilities",
              PR_CAP_AMBIENT,
              Argument.of(4, "PR_CAP_AMBIENT_CLEAR_ALL"),
              0,
              0,
              0));
      for (int capability = 0; capability < 64; capability++) {
        if ((capabilities & 1L << capability) != 0) {
          calls.add(
              Call.of(
                  Syscall.prctl,
                  "ambient capability " + capability,
                  PR_CAP_AMBIENT,
                  Argument.of(2, "PR_CAP_AMBIENT_RAISE"),
                  capability,
                  0,
                  0));
        }
      }
      return new Sequence(calls);
    }

    @Override
    public String summary() {
      return "set the ambient capabilities";
    }
  }

  /// Leave the caller's keys: join a session keyring that is new (session-keyring(7)).
  ///
  /// A kernel without keyrings (ENOSYS) has nothing to leave, and where a filter around this
  /// process forbids them (EPERM) nobody below gets at any. Each other failure, the quota of a user
  /// for one, would leave the caller's keys in the container, and is one of the start.
  ///
  /// @param name of the keyring; empty for one without
  record NewSessionKeyring(String name) implements IdentityStep {
    private static final String KEYRING = "session keyring";
    private static final int END = 5;

    @Override
    public Sequence calls() {
      var joined = new Argument.Result(0);
      return Sequence.of(
          join().allowedToFail(),
          // Only one that is there, and is empty, reads as nothing.
          Call.of(Syscall.keyctl, KEYRING, Argument.of(11, "KEYCTL_READ"), joined, Bits.NULL, 0)
              .allowedToFail()
              .skippingTo(END),
          Bits.equal(KEYRING, -Errno.ENOSYS.number(), joined).allowedToFail().skippingTo(END),
          Bits.equal(KEYRING, -Errno.EPERM.number(), joined).allowedToFail().skippingTo(END),
          join());
    }

    private Call join() {
      return Call.of(
          Syscall.keyctl,
          KEYRING,
          Argument.of(1, "KEYCTL_JOIN_SESSION_KEYRING"),
          name.isEmpty() ? Bits.NULL : Argument.of(name));
    }

    @Override
    public String summary() {
      return "join a new session keyring";
    }
  }

  /// Let no program gain privileges by being executed: PR_SET_NO_NEW_PRIVS of prctl(2).
  record NoNewPrivileges() implements IdentityStep {
    @Override
    public Sequence calls() {
      return Sequence.of(
          Call.of(
              Syscall.prctl,
              "no new privileges",
              Argument.of(38, "PR_SET_NO_NEW_PRIVS"),
              1,
              0,
              0,
              0));
    }

    @Override
    public String summary() {
      return "let no program gain privileges";
    }
  }

  /// Filter all further system calls and send the runtime the descriptor by which an agent decides
  /// on some of them: seccomp_unotify(2).
  ///
  /// @param program an array of struct sock_filter
  record LoadNotifyingSeccomp(byte[] program, long flags) implements IdentityStep {
    private static final long SECCOMP_FILTER_FLAG_NEW_LISTENER = 8;

    public LoadNotifyingSeccomp {
      program = program.clone();
    }

    @Override
    public Sequence calls() {
      var calls =
          new ArrayList<>(
              new LoadSeccomp(program, flags | SECCOMP_FILTER_FLAG_NEW_LISTENER).calls().calls());
      String listener = "the listener of the filter";
      calls.add(
          Call.of(
              Syscall.dup3,
              listener,
              new Argument.Result(0),
              Descriptors.LISTENER,
              Bits.O_CLOEXEC));
      // Nothing is closed: the filter may ask about close(2), and nobody could answer yet.
      calls.add(DeviceStep.send(Descriptors.LISTENER, listener));
      return new Sequence(calls);
    }

    @Override
    public String summary() {
      return "filter system calls, some by an agent's decision";
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof LoadNotifyingSeccomp load
          && flags == load.flags
          && java.util.Arrays.equals(program, load.program);
    }

    @Override
    public int hashCode() {
      return java.util.Arrays.hashCode(program);
    }
  }

  /// Filter all further system calls: seccomp(2).
  ///
  /// @param program an array of struct sock_filter
  record LoadSeccomp(byte[] program, long flags) implements IdentityStep {
    public LoadSeccomp {
      program = program.clone();
    }

    @Override
    public Sequence calls() {
      int instructions = program.length / 8;
      // struct sock_fprog: unsigned short len, padding, pointer
      var filter =
          Argument.Struct.of(
              "{len=" + instructions + "}",
              Bits.longs(instructions),
              Argument.Struct.of("filter", (Object) program));
      return Sequence.of(
          Call.of(
              Syscall.seccomp,
              "filter of " + instructions + " instructions",
              Argument.of(1, "SECCOMP_SET_MODE_FILTER"),
              flags,
              filter));
    }

    @Override
    public String summary() {
      return "filter system calls";
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof LoadSeccomp load
          && flags == load.flags
          && java.util.Arrays.equals(program, load.program);
    }

    @Override
    public int hashCode() {
      return java.util.Arrays.hashCode(program);
    }
  }
}
