package jontainers.linux.proxy;

import java.util.List;

/// Everything a new process does until it executes its program, as data.
///
/// @param agent what the first process does before it clones itself
/// @param cloning the clone3(2) call that makes the child, [Call#continuingAsChild]; it stores a
///   pidfd in `pidfd`
/// @param pidfd where the clone stores the descriptor of the child
/// @param guard what the agent does when this JVM is gone and the child killed, such as restoring a
///   terminal
/// @param child what the child does; the last call of the last sequence is its execve(2)
public record Plan(
    List<Sequence> agent,
    Call cloning,
    Argument.Struct pidfd,
    List<Call> guard,
    List<Sequence> child) {
  public Plan {
    agent = List.copyOf(agent);
    guard = List.copyOf(guard);
    child = List.copyOf(child);
  }
}
