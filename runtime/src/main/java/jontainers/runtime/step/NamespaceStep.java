package jontainers.runtime.step;

import java.util.ArrayList;
import java.util.Set;
import java.util.stream.Collectors;
import jontainers.linux.RawText;
import jontainers.linux.Syscall;
import jontainers.linux.proxy.Argument;
import jontainers.linux.proxy.Call;
import jontainers.linux.proxy.Plan;
import jontainers.linux.proxy.Sequence;

/// Steps about processes and namespaces: namespaces(7), clone(2), setns(2).
public sealed interface NamespaceStep extends Step {

  /// Put the agent's descriptors in their places and close all others: streams and sockets of a JVM
  /// are not all close-on-exec.
  ///
  /// @param passed how many descriptors there are beside the three standard ones
  /// @param preserved how many of the caller's the program is to have
  record KeepDescriptors(int passed, int preserved) implements NamespaceStep {
    /// Keep descriptors where the program gets none of the caller's.
    public KeepDescriptors(int passed) {
      this(passed, 0);
    }

    @Override
    public Sequence calls() {
      var calls = new ArrayList<Call>();
      calls.add(Call.of(Syscall.dup3, "standard input", Descriptors.STDIN, 0, 0));
      for (int i = 0; i < passed; i++) {
        calls.add(
            Call.of(
                Syscall.dup3,
                "descriptor " + i,
                Descriptors.FIRST_PASSED + i,
                Descriptors.moved(i),
                Bits.O_CLOEXEC));
      }
      calls.add(close(3, 99));
      calls.add(close(Descriptors.LAST_CONTROL + 1L, Descriptors.MOVED - 1L));
      if (preserved == 0) {
        calls.add(close(Descriptors.moved(passed), Bits.LAST_FD));
      } else {
        int end = Plan.PRESERVED + preserved;
        calls.add(close(Descriptors.moved(passed), Plan.PRESERVED - 1L));
        calls.add(close(end, Bits.LAST_FD));
        calls.add(
            Call.of(
                Syscall.close_range,
                "the caller's descriptors",
                Plan.PRESERVED,
                end - 1,
                Argument.of(4, "CLOSE_RANGE_CLOEXEC")));
      }
      return new Sequence(calls);
    }

    @Override
    public String summary() {
      return "keep the container's descriptors and close all others";
    }

    private static Call close(long first, long last) {
      return Call.of(Syscall.close_range, "the JVM's descriptors", first, last, 0);
    }
  }

  /// Leave the caller's session, so that no key of its terminal sends a signal here.
  record NewSession() implements NamespaceStep {
    @Override
    public Sequence calls() {
      return Sequence.of(Call.of(Syscall.setsid, "session"));
    }

    @Override
    public String summary() {
      return "begin a session without a terminal";
    }
  }

  /// Make the container's first process in new namespaces.
  ///
  /// A child of the JVM, not of the agent (CLONE_PARENT). The cgroup namespace is not made here:
  /// its root is the cgroup of the process that makes it, which has to be in place first.
  ///
  /// @param birth the cgroup in which it is made
  record CloneProcess(Set<NamespaceKind> namespaces, Birth birth) implements NamespaceStep {
    /// The cgroup in which a process is made.
    public enum Birth {
      /// That of the agent.
      IN_CGROUP_OF_AGENT,
      /// That of [CgroupStep.HoldCgroup], which is possible with one of version 2 (since Linux 5.7)
      /// and spares moving it there.
      IN_HELD_CGROUP
    }

    private static final long CLONE_PIDFD = 0x1000;
    private static final long CLONE_PARENT = 0x8000;
    private static final long CLONE_INTO_CGROUP = 0x2_0000_0000L;
    private static final long SIZE = 64;
    private static final long SIZE_WITH_CGROUP = 88;

    public CloneProcess {
      namespaces = Set.copyOf(namespaces);
    }

    /// Return the one call, which goes on as the child.
    ///
    /// @param pidfd eight bytes, where the kernel stores the child's pidfd
    public Call call(Argument.Struct pidfd) {
      long flags = CLONE_PARENT | CLONE_PIDFD;
      for (var kind : namespaces) {
        flags |= kind.flag();
      }
      String names =
          namespaces.stream()
              .sorted()
              .map(kind -> "|" + kind.cloneName())
              .collect(Collectors.joining());
      if (birth == Birth.IN_HELD_CGROUP) {
        flags |= CLONE_INTO_CGROUP;
        names += "|CLONE_INTO_CGROUP, cgroup=" + Descriptors.CGROUP;
      }
      // struct clone_args: flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size,
      // tls, set_tid, set_tid_size, cgroup
      var arguments =
          Argument.Struct.of(
              "{flags=CLONE_PARENT|CLONE_PIDFD" + names + "}",
              Bits.longs(flags),
              pidfd,
              Bits.longs(0, 0, 0, 0, 0, 0, 0, 0, Descriptors.CGROUP));
      return Call.of(
              Syscall.clone3,
              "a process in new namespaces",
              arguments,
              birth == Birth.IN_HELD_CGROUP ? SIZE_WITH_CGROUP : SIZE)
          .continuingAsChild();
    }

    @Override
    public Sequence calls() {
      return Sequence.of(call(Argument.Struct.of("pidfd", new byte[8])));
    }

    @Override
    public String summary() {
      return "make the first process in new namespaces: "
          + namespaces.stream()
              .sorted()
              .map(NamespaceKind::ociName)
              .collect(Collectors.joining(", "))
          + (birth == Birth.IN_HELD_CGROUP ? ", and in its cgroup" : "");
    }
  }

  /// Enter a namespace that exists, by a descriptor that was passed.
  record JoinNamespace(NamespaceKind kind, int descriptor, String path) implements NamespaceStep {
    @Override
    public Sequence calls() {
      return Sequence.of(
          Call.of(Syscall.setns, path, descriptor, Argument.of(kind.flag(), kind.cloneName())));
    }

    @Override
    public String summary() {
      return "join the " + kind.ociName() + " namespace";
    }
  }

  /// Enter several namespaces of a process at once, by its pidfd: setns(2), since Linux 5.8.
  ///
  /// The kernel looks at all of them before it enters any, so no order has to be found among those
  /// of a user namespace and those it owns.
  ///
  /// @param descriptor the pidfd
  record JoinProcess(Set<NamespaceKind> kinds, int descriptor, int pid) implements NamespaceStep {
    public JoinProcess {
      kinds = Set.copyOf(kinds);
    }

    @Override
    public Sequence calls() {
      long flags = 0;
      for (var kind : kinds) {
        flags |= kind.flag();
      }
      String names =
          kinds.stream().sorted().map(NamespaceKind::cloneName).collect(Collectors.joining("|"));
      return Sequence.of(
          Call.of(Syscall.setns, "process " + pid, descriptor, Argument.of(flags, names)));
    }

    @Override
    public String summary() {
      return "enter the namespaces of process " + pid;
    }
  }

  /// Make a time namespace for the children to come: its clocks can be set until the first of them
  /// is there (time_namespaces(7)).
  record NewTimeNamespace() implements NamespaceStep {
    @Override
    public Sequence calls() {
      return Sequence.of(
          Call.of(
              Syscall.unshare,
              "the time namespace",
              Argument.of(NamespaceKind.TIME.flag(), NamespaceKind.TIME.cloneName())));
    }

    @Override
    public String summary() {
      return "make a time namespace";
    }
  }

  /// Bring the loopback interface of a new network namespace up: netdevice(7).
  record LoopbackUp() implements NamespaceStep {
    @Override
    public Sequence calls() {
      // struct ifreq: 16 bytes of a name, then short flags, IFF_UP
      byte[] request = new byte[40];
      request[0] = 'l';
      request[1] = 'o';
      request[16] = 1;
      String link = "loopback interface";
      return Sequence.of(
          Call.of(
              Syscall.socket,
              link,
              Argument.of(2, "AF_INET"),
              Argument.of(0x80002, "SOCK_DGRAM|SOCK_CLOEXEC"),
              0),
          Call.of(
              Syscall.ioctl,
              link,
              new Argument.Result(0),
              Argument.of(0x8914, "SIOCSIFFLAGS"),
              Argument.Struct.of("{lo, IFF_UP}", (Object) request)),
          Call.of(Syscall.close, link, new Argument.Result(0)));
    }

    @Override
    public String summary() {
      return "bring the loopback interface up";
    }
  }

  /// Leave the host's mounts, so that what is mounted now is seen by nobody else.
  record NewMountNamespace() implements NamespaceStep {
    @Override
    public Sequence calls() {
      return Sequence.of(
          Call.of(
              Syscall.unshare,
              "the mount namespace",
              Argument.of(NamespaceKind.MOUNT.flag(), NamespaceKind.MOUNT.cloneName())));
    }

    @Override
    public String summary() {
      return "prepare the mounts out of everybody's sight";
    }
  }

  /// Make a cgroup namespace whose root is the container's own cgroup: cgroup_namespaces(7).
  record NewCgroupNamespace() implements NamespaceStep {
    @Override
    public Sequence calls() {
      return Sequence.of(
          Call.of(
              Syscall.unshare,
              "the cgroup namespace",
              Argument.of(NamespaceKind.CGROUP.flag(), NamespaceKind.CGROUP.cloneName())));
    }

    @Override
    public String summary() {
      return "make the own cgroup the root of all that is visible of cgroups";
    }
  }

  /// Name the machine that the container sees: uts_namespaces(7).
  record SetHostname(String name) implements NamespaceStep {
    @Override
    public Sequence calls() {
      return Sequence.of(Names.call(Syscall.sethostname, name));
    }

    @Override
    public String summary() {
      return "set the host name " + name;
    }
  }

  /// Set the NIS domain name.
  record SetDomainname(String name) implements NamespaceStep {
    @Override
    public Sequence calls() {
      return Sequence.of(Names.call(Syscall.setdomainname, name));
    }

    @Override
    public String summary() {
      return "set the domain name " + name;
    }
  }

  /// The calls that take a name and its length.
  final class Names {
    private Names() {}

    private static Call call(Syscall syscall, String name) {
      int length = RawText.encode(name).length;
      return Call.of(syscall, name, name, length);
    }
  }
}
