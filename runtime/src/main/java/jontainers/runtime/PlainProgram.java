package jontainers.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import jontainers.linux.proxy.Argument;
import jontainers.linux.proxy.Plan;
import jontainers.runtime.step.Descriptors;
import jontainers.runtime.step.IdentityStep;
import jontainers.runtime.step.NamespaceKind;
import jontainers.runtime.step.NamespaceStep;
import jontainers.runtime.step.NamespaceStep.CloneProcess;
import jontainers.runtime.step.ProcessStep;
import jontainers.runtime.step.Step;

/// A program that is no container: a hook, with the rights of the runtime.
final class PlainProgram {
  private PlainProgram() {}

  /// Decide on its calls.
  ///
  /// @param path of the program, looked up where it runs
  /// @param directory where it begins, looked up there, too
  /// @param entering the namespaces that it runs in, whose pidfd is passed after the streams
  static Plan plan(
      String path,
      List<String> words,
      List<String> environment,
      String directory,
      Optional<Entering> entering) {
    var agent = new ArrayList<Step>();
    agent.add(new NamespaceStep.KeepDescriptors(entering.isPresent() ? 1 : 0));
    entering.ifPresent(
        in -> agent.add(new NamespaceStep.JoinProcess(in.kinds(), Descriptors.moved(0), in.pid())));
    var child = new ArrayList<Step>();
    child.add(new ProcessStep.CloseOnExec(3));
    if (entering.filter(in -> in.kinds().contains(NamespaceKind.USER)).isPresent()) {
      child.add(new IdentityStep.BecomeRoot()); // others keep no capabilities through execve(2)
    }
    child.add(new ProcessStep.GoTo(directory));
    child.add(new ProcessStep.Execute(List.of(path), words, environment));
    var pidfd = Argument.Struct.of("pidfd", new byte[8]);
    return new Plan(
        agent.stream().map(Step::calls).toList(),
        new CloneProcess(Set.of(), CloneProcess.Birth.IN_CGROUP_OF_AGENT).call(pidfd),
        pidfd,
        new Plan.Afterwards.Leave(),
        child.stream().map(Step::calls).toList());
  }
}
