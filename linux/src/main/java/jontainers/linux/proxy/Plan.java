package jontainers.linux.proxy;

import java.util.List;

/// Everything a new process does until it executes its program, as data.
///
/// @param agent what the first process does before it clones itself
/// @param cloning the clone3(2) call that makes the child, [Call#continuingAsChild]; it stores a
///   pidfd in `pidfd`
/// @param pidfd where the clone stores the descriptor of the child
/// @param afterwards what the agent does when it has made the child
/// @param child what the child does; the last call of the last sequence is its execve(2)
public record Plan(
    List<Sequence> agent,
    Call cloning,
    Argument.Struct pidfd,
    Afterwards afterwards,
    List<Sequence> child) {
  /// Where a process finds the descriptors of the caller that its program is to have: above all
  /// that it opens itself.
  public static final int PRESERVED = 800;

  public Plan {
    agent = List.copyOf(agent);
    child = List.copyOf(child);
  }

  /// What the agent does when it has made the child.
  public sealed interface Afterwards {
    /// Stay, and kill the child when this JVM is gone.
    ///
    /// @param calls what is done then, such as restoring a terminal
    record Guard(List<Call> calls) implements Afterwards {
      public Guard {
        calls = List.copyOf(calls);
      }
    }

    /// Stay as a guard that this JVM may make the child's keeper: [ProxiedProcess#leave].
    ///
    /// @param calls what is done when this JVM is gone without having done so
    record GuardOrKeep(List<Call> calls) implements Afterwards {
      public GuardOrKeep {
        calls = List.copyOf(calls);
      }
    }

    /// End: the child does not depend on this JVM once it has all its calls.
    record Leave() implements Afterwards {}
  }
}
