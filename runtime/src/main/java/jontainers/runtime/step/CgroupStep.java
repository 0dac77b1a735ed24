package jontainers.runtime.step;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jontainers.linux.Syscall;
import jontainers.linux.proxy.Argument;
import jontainers.linux.proxy.Call;
import jontainers.linux.proxy.Sequence;

/// Steps about cgroups(7).
public sealed interface CgroupStep extends Step {

  /// Open the container's one cgroup of version 2 for the clone that makes the child in it.
  record HoldCgroup(String directory) implements CgroupStep {
    @Override
    public Sequence calls() {
      var opened = new Argument.Result(0);
      return Sequence.of(
          Call.of(
              Syscall.openat,
              directory,
              Bits.AT_FDCWD,
              directory,
              Argument.of(0x290000, "O_PATH|O_DIRECTORY|O_CLOEXEC"),
              0),
          Call.of(Syscall.dup3, directory, opened, Descriptors.CGROUP, Bits.O_CLOEXEC),
          Call.of(Syscall.close, directory, opened));
    }

    @Override
    public String summary() {
      return "take hold of the cgroup " + directory;
    }
  }

  /// Let go of the cgroup in which this process has come to be.
  record LetGoOfCgroup() implements CgroupStep {
    @Override
    public Sequence calls() {
      return Sequence.of(Call.of(Syscall.close, "the cgroup", Descriptors.CGROUP));
    }

    @Override
    public String summary() {
      return "let go of the cgroup's directory";
    }
  }

  /// Enter the container's cgroups, by a file of each hierarchy.
  ///
  /// While the host's cgroup filesystem is still to be seen, and before the cgroup namespace.
  ///
  /// @param others that are entered where that is possible, and limit nothing
  record JoinCgroups(List<String> files, List<String> others) implements CgroupStep {
    public JoinCgroups {
      files = List.copyOf(files);
      others = List.copyOf(others);
    }

    @Override
    public Sequence calls() {
      var calls = new ArrayList<Call>();
      for (String file : files) {
        calls.addAll(join(file, calls.size()));
      }
      for (String file : others) {
        join(file, calls.size()).forEach(call -> calls.add(call.allowedToFail()));
      }
      return new Sequence(calls);
    }

    private static List<Call> join(String file, int opened) {
      return List.of(
          Call.of(
              Syscall.openat,
              file,
              Bits.AT_FDCWD,
              file,
              Argument.of(0x80001, "O_WRONLY|O_CLOEXEC"),
              0),
          Call.of(Syscall.write, file, new Argument.Result(opened), "0", 1),
          Call.of(Syscall.close, file, new Argument.Result(opened)));
    }

    @Override
    public String summary() {
      return "enter the cgroups "
          + Stream.concat(files.stream(), others.stream()).collect(Collectors.joining(", "));
    }
  }
}
