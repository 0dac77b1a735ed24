package jontainers.runtime.step;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import jontainers.linux.Syscall;
import jontainers.linux.proxy.Argument;
import jontainers.linux.proxy.Call;
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

  /// Write a value into a file of /proc.
  record WriteProc(Place place, String value) implements ProcessStep {
    /// Write to a file that is looked up from the root.
    public WriteProc(String path, String value) {
      this(Place.inRoot(path), value);
    }

    @Override
    public Sequence calls() {
      String path = place.path();
      return Sequence.of(
          Call.of(
              Syscall.openat,
              path,
              place.start(),
              place.below(),
              Argument.of(0x80001, "O_WRONLY|O_CLOEXEC"),
              0),
          Call.of(
              Syscall.write,
              path,
              new Argument.Result(0),
              value,
              value.getBytes(StandardCharsets.UTF_8).length),
          Call.of(Syscall.close, path, new Argument.Result(0)));
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
          Call.of(
              Syscall.openat2,
              path,
              Bits.AT_FDCWD,
              path,
              Argument.Struct.of(
                  "{flags=O_PATH|O_DIRECTORY|O_CLOEXEC,"
                      + " resolve=RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS}",
                  Bits.longs(0x280000L | jontainers.linux.Fd.O_DIRECTORY, 0, 0x12)),
              24),
          Call.of(Syscall.fchdir, path, new Argument.Result(0)),
          Call.of(Syscall.close, path, new Argument.Result(0)));
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
          strings.stream()
              .map(s -> new Argument.Text(s.getBytes(StandardCharsets.UTF_8)))
              .toList());
    }
  }
}
