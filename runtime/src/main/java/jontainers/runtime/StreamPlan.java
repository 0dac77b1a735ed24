package jontainers.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jontainers.linux.Fd;
import jontainers.linux.SyscallException;
import jontainers.runtime.step.IdentityStep;
import jontainers.runtime.step.ProcessStep;

/// What is done about the standard streams of a process without a terminal.
///
/// @param nulls the numbers of those that are the host's null device
/// @param pipes the numbers of those that the process's user is to own
record StreamPlan(List<Integer> nulls, List<Integer> pipes) {
  static final StreamPlan NOTHING = new StreamPlan(List.of(), List.of());

  StreamPlan {
    nulls = List.copyOf(nulls);
    pipes = List.copyOf(pipes);
  }

  /// Looks at a stream.
  interface Look {
    StreamKind of(Fd stream) throws SyscallException;
  }

  static StreamPlan of(Launch.Streams streams, Look look) throws StartException {
    var nulls = new ArrayList<Integer>();
    var pipes = new ArrayList<Integer>();
    var all = List.of(streams.stdin(), streams.stdout(), streams.stderr());
    for (int number = 0; number < all.size(); number++) {
      try {
        switch (look.of(all.get(number))) {
          case NULL -> nulls.add(number);
          case PIPE -> pipes.add(number);
          case SOCKET, FILE -> {
            // as it is
          }
        }
      } catch (SyscallException e) {
        throw FailureHints.explain(e);
      }
    }
    return new StreamPlan(nulls, pipes);
  }

  /// The host's own node would be open to a chmod(2) of the container.
  Optional<ProcessStep> openNull() {
    return nulls.isEmpty() ? Optional.empty() : Optional.of(new ProcessStep.OpenNull(nulls));
  }

  /// A program that is not root opens its own output again as /dev/stdout.
  ///
  /// @param uid as whoever performs the step numbers users
  Optional<IdentityStep> own(long uid) {
    return pipes.isEmpty()
        ? Optional.empty()
        : Optional.of(new IdentityStep.OwnStreams(pipes, uid));
  }
}
