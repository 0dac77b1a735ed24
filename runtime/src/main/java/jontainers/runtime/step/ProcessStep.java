package jontainers.runtime.step;

import java.util.ArrayList;
import java.util.List;
import jontainers.linux.RawText;
import jontainers.linux.Syscall;
import jontainers.linux.proxy.Argument;
import jontainers.linux.proxy.Call;
import jontainers.linux.proxy.Plan;
import jontainers.linux.proxy.Sequence;

/// Steps about the program: its limits, its working directory, execve(2).
public sealed interface ProcessStep extends Step {

  /// Make files with exactly the modes that are asked for (0), or with a program's (022).
  record Umask(int mask) implements ProcessStep {
    @Override
    public Sequence calls() {
      return Sequence.of(Call.of(Syscall.umask, "mask", Bits.mode(mask)));
    }

    @Override
    public String summary() {
      return "set the file mode mask to 0" + Integer.toOctalString(mask);
    }
  }

  /// Choose who may look into this process until it executes its program: PR_SET_DUMPABLE of
  /// prctl(2), ptrace(2).
  ///
  /// Inside a container its root could trace the proxy, write to its memory and take hold of its
  /// control socket; of one that is not dumpable that needs CAP_SYS_PTRACE where the proxy was
  /// spawned. Each change of the user takes the setting back to fs.suid_dumpable.
  record SetDumpable(By by) implements ProcessStep {
    /// Who may.
    public enum By {
      /// Only who has CAP_SYS_PTRACE in the user namespace of the runtime.
      RUNTIME(0),
      /// Whoever has the same user and no fewer capabilities.
      ITS_USER(1);

      private final int value;

      By(int value) {
        this.value = value;
      }
    }

    @Override
    public Sequence calls() {
      return Sequence.of(
          Call.of(Syscall.prctl, "dumpable", Argument.of(4, "PR_SET_DUMPABLE"), by.value, 0, 0, 0));
    }

    @Override
    public String summary() {
      return by == By.RUNTIME
          ? "let nobody inside look into the proxy"
          : "let the runtime look into the proxy";
    }
  }

  /// Limit a resource: prlimit(2).
  record SetRlimit(int resource, String name, long soft, long hard) implements ProcessStep {
    @Override
    public Sequence calls() {
      return Sequence.of(
          Call.of(
              Syscall.prlimit64,
              name + " " + soft + ":" + hard,
              0,
              Argument.of(resource, name),
              Argument.Struct.of(
                  "{rlim_cur=" + soft + ", rlim_max=" + hard + "}", Bits.longs(soft, hard)),
              Bits.NULL));
    }

    @Override
    public String summary() {
      return "limit " + name + " to " + soft + ":" + hard;
    }
  }

  /// Pass descriptors of the caller on, from 3 upwards.
  record PassDescriptors(int count) implements ProcessStep {
    @Override
    public Sequence calls() {
      var calls = new ArrayList<Call>();
      for (int i = 0; i < count; i++) {
        calls.add(Call.of(Syscall.dup3, "descriptor " + (3 + i), Plan.PRESERVED + i, 3 + i, 0));
      }
      return new Sequence(calls);
    }

    @Override
    public String summary() {
      return "pass " + count + " descriptors on";
    }
  }

  /// Let streams that are the host's null device be the container's own: as root the program could
  /// change the mode and the owner of the other one.
  ///
  /// @param streams their numbers
  record OpenNull(List<Integer> streams) implements ProcessStep {
    private static final String NULL = "/dev/null";

    public OpenNull {
      streams = List.copyOf(streams);
    }

    @Override
    public Sequence calls() {
      var calls = new ArrayList<Call>();
      var opened = new Argument.Result(0);
      calls.add(
          Place.inRoot(NULL).open(0x80002, "O_RDWR|O_CLOEXEC", MountStep.RESOLVE_NO_SYMLINKS));
      MountStep.HoldNull.requireNull(calls, opened);
      for (int stream : streams) {
        calls.add(Call.of(Syscall.dup3, NULL, opened, stream, 0));
      }
      calls.add(Call.of(Syscall.close, NULL, opened));
      return new Sequence(calls);
    }

    @Override
    public String summary() {
      return "open the container's own null device";
    }
  }

  /// Choose how the process gets processor time: sched_setattr(2).
  ///
  /// @param policy its number, and `name` what the man page calls it
  record SetScheduler(
      int policy,
      String name,
      long flags,
      int nice,
      int priority,
      long runtime,
      long deadline,
      long period)
      implements ProcessStep {
    private static final int SIZE = 48;

    @Override
    public Sequence calls() {
      // struct sched_attr: size, policy, flags, nice, priority, runtime, deadline, period
      return Sequence.of(
          Call.of(
              Syscall.sched_setattr,
              name,
              0,
              Argument.Struct.of(
                  "{" + name + ", nice=" + nice + ", priority=" + priority + "}",
                  Bits.ints(SIZE, policy),
                  Bits.longs(flags),
                  Bits.ints(nice, priority),
                  Bits.longs(runtime, deadline, period)),
              0));
    }

    @Override
    public String summary() {
      return "schedule as " + name;
    }
  }

  /// Choose in which order its input and output is served: ioprio_set(2).
  record SetIoPriority(int ioClass, String name, int level) implements ProcessStep {
    @Override
    public Sequence calls() {
      return Sequence.of(
          Call.of(
              Syscall.ioprio_set,
              name,
              Argument.of(1, "IOPRIO_WHO_PROCESS"),
              0,
              Argument.of(
                  ioClass << 13 | level, "IOPRIO_PRIO_VALUE(" + name + ", " + level + ")")));
    }

    @Override
    public String summary() {
      return "do input and output as " + name + " " + level;
    }
  }

  /// Choose the processors it may run on: sched_setaffinity(2).
  ///
  /// @param mask a bit for each, 64 to a word
  record SetAffinity(String processors, List<Long> mask) implements ProcessStep {
    public SetAffinity {
      mask = List.copyOf(mask);
    }

    @Override
    public Sequence calls() {
      return Sequence.of(
          Call.of(
              Syscall.sched_setaffinity,
              "processors " + processors,
              0,
              8 * mask.size(),
              Argument.Struct.of(
                  "[" + processors + "]",
                  (Object) Bits.longs(mask.stream().mapToLong(Long::longValue).toArray()))));
    }

    @Override
    public String summary() {
      return "run on the processors " + processors;
    }
  }

  /// Choose the execution domain: personality(2).
  record SetPersonality(long persona, String name) implements ProcessStep {
    @Override
    public Sequence calls() {
      return Sequence.of(Call.of(Syscall.personality, name, Argument.of(persona, name)));
    }

    @Override
    public String summary() {
      return "set the personality " + name;
    }
  }

  /// Choose where its memory comes from: set_mempolicy(2).
  ///
  /// @param nodes a bit for each memory node
  record SetMemoryPolicy(long mode, String name, List<Long> nodes) implements ProcessStep {
    public SetMemoryPolicy {
      nodes = List.copyOf(nodes);
    }

    @Override
    public Sequence calls() {
      var mask =
          nodes.isEmpty()
              ? Bits.NULL
              : Argument.Struct.of(
                  "nodes",
                  (Object) Bits.longs(nodes.stream().mapToLong(Long::longValue).toArray()));
      return Sequence.of(
          Call.of(
              Syscall.set_mempolicy,
              name,
              Argument.of(mode, name),
              mask,
              nodes.isEmpty() ? 0 : 64L * nodes.size() + 1));
    }

    @Override
    public String summary() {
      return "take memory by the policy " + name;
    }
  }

  /// Write a value into a file of procfs, once it is sure that it is one.
  ///
  /// Where a container has no /proc of its own its image could have a file there, or a link to
  /// another (CVE-2025-52881).
  record WriteProc(Place place, String value) implements ProcessStep {
    private static final int PROC_SUPER_MAGIC = 0x9fa0;
    private static final int STATFS_SIZE = 120;

    /// Not in the root of the working directory, which is not yet the container's everywhere.
    private static final Argument.Value RESOLVE_NO_MAGICLINKS =
        new Argument.Value(0x2, "RESOLVE_NO_MAGICLINKS");

    /// Write to a file that is looked up from the root.
    public WriteProc(String path, String value) {
      this(Place.inRoot(path), value);
    }

    @Override
    public Sequence calls() {
      String path = place.path();
      var file = new Argument.Result(0);
      var status = Argument.Struct.of("status", new byte[STATFS_SIZE]); // its first word is f_type
      return Sequence.of(
          place.open(0x80801, "O_WRONLY|O_NONBLOCK|O_CLOEXEC", RESOLVE_NO_MAGICLINKS),
          Call.of(Syscall.fstatfs, path, file, status),
          Bits.equal(path, PROC_SUPER_MAGIC, new Argument.Loaded(status, 0)),
          Call.of(Syscall.write, path, file, value, RawText.encode(value).length),
          Call.of(Syscall.close, path, file));
    }

    @Override
    public String summary() {
      return "set " + place.path() + " to " + value;
    }
  }

  /// Go to the working directory, resolved inside the root and through no magic link: a descriptor
  /// of the host cannot be meant by it (CVE-2024-21626).
  record EnterDirectory(String path) implements ProcessStep {
    @Override
    public Sequence calls() {
      return Sequence.of(
          Place.inRoot(path)
              .open(
                  0x280000 | jontainers.linux.Fd.O_DIRECTORY,
                  "O_PATH|O_DIRECTORY|O_CLOEXEC",
                  MountStep.RESOLVE_IN_ROOT),
          Call.of(Syscall.fchdir, path, new Argument.Result(0)),
          Call.of(Syscall.close, path, new Argument.Result(0)));
    }

    @Override
    public String summary() {
      return "go to " + path;
    }
  }

  /// Go to a directory of the host, or stay where it is gone.
  record GoTo(String path) implements ProcessStep {
    @Override
    public Sequence calls() {
      return Sequence.of(Call.of(Syscall.chdir, path, path).allowedToFail());
    }

    @Override
    public String summary() {
      return "go to " + path;
    }
  }

  /// Find the program, as the user it runs as and before a filter forbids the question.
  ///
  /// @param candidates where it may be, in the order of PATH
  record FindProgram(String name, List<String> candidates) implements ProcessStep {
    public FindProgram {
      candidates = List.copyOf(candidates);
    }

    @Override
    public Sequence calls() {
      var calls = new ArrayList<Call>();
      for (String candidate : candidates) {
        var call =
            Call.of(
                    Syscall.faccessat2,
                    name,
                    Bits.AT_FDCWD,
                    candidate,
                    Argument.of(1, "X_OK"),
                    Argument.of(0x200, "AT_EACCESS"))
                .skippingTo(candidates.size());
        calls.add(calls.size() < candidates.size() - 1 ? call.allowedToFail() : call);
      }
      return new Sequence(calls);
    }

    @Override
    public String summary() {
      return "find " + name;
    }
  }

  /// Close at execve(2) what is still open beside the standard streams.
  record CloseOnExec(int first) implements ProcessStep {
    @Override
    public Sequence calls() {
      return Sequence.of(
          Call.of(
              Syscall.close_range,
              "all descriptors",
              first,
              Bits.LAST_FD,
              Argument.of(4, "CLOSE_RANGE_CLOEXEC")));
    }

    @Override
    public String summary() {
      return "leave only the standard streams open";
    }
  }

  /// Become the program: on success nothing of the proxy is left.
  record Execute(List<String> candidates, List<String> arguments, List<String> environment)
      implements ProcessStep {
    public Execute {
      candidates = List.copyOf(candidates);
      arguments = List.copyOf(arguments);
      environment = List.copyOf(environment);
    }

    @Override
    public Sequence calls() {
      var calls = new ArrayList<Call>();
      var argv = texts(arguments);
      var envp = texts(environment);
      for (String candidate : candidates) {
        var call = Call.of(Syscall.execve, candidate, candidate, argv, envp);
        calls.add(calls.size() < candidates.size() - 1 ? call.allowedToFail() : call);
      }
      return new Sequence(calls);
    }

    @Override
    public String summary() {
      return "become " + arguments.getFirst();
    }

    private static Argument texts(List<String> strings) {
      return new Argument.Texts(
          strings.stream().map(s -> new Argument.Text(RawText.encode(s))).toList());
    }
  }
}
