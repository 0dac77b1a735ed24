package jontainers.runtime;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import jontainers.linux.Capability;
import jontainers.oci.Capabilities;
import jontainers.oci.Linux;
import jontainers.oci.Process;
import jontainers.runtime.step.IdentityStep;
import jontainers.runtime.step.InitStep;
import jontainers.runtime.step.ProcessStep;
import jontainers.runtime.step.Step;

/// The last steps: who the process is, what it may do, and which program it becomes.
///
/// Loading a filter needs CAP_SYS_ADMIN unless no new privileges can be gained (seccomp(2)). So
/// with `noNewPrivileges` the filter is the very last thing; without, it comes after the user is
/// set and before the capabilities are, and the filter sees capset(2) and execve(2) alone.
final class IdentityPlan {
  private static final String DEFAULT_PATH =
      "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private final Process process;
  private final Linux linux;
  private final Host host;
  private final boolean init;
  private final List<Step> steps = new ArrayList<>();

  private IdentityPlan(Process process, Linux linux, Host host, boolean init) {
    this.process = process;
    this.linux = linux;
    this.host = host;
    this.init = init;
  }

  static List<Step> of(Process process, Linux linux, Host host, boolean init)
      throws StartException {
    var plan = new IdentityPlan(process, linux, host, init);
    plan.decide();
    return List.copyOf(plan.steps);
  }

  private void decide() throws StartException {
    if (process.args().isEmpty() || process.args().getFirst().isEmpty()) {
      throw new StartException("no command specified", "name a program to run");
    }
    var candidates = candidates(process.args().getFirst());
    var user = process.user();
    boolean losesCapabilities = user.uid() != 0; // a change of groups takes none
    steps.add(new ProcessStep.CloseOnExec(3));
    Capabilities sets = process.capabilities();
    if (sets != null) {
      steps.add(new IdentityStep.LimitBoundingSet(mask(sets.bounding()), host.lastCapability()));
    }
    steps.add(new IdentityStep.BecomeUser(user.uid(), user.gid(), user.additionalGids()));
    steps.add(new ProcessStep.FindProgram(process.args().getFirst(), candidates));
    if (linux.seccomp() != null && !process.noNewPrivileges()) {
      if (losesCapabilities) {
        steps.add(
            new IdentityStep.SetCapabilities(
                host.permittedCapabilities(),
                host.permittedCapabilities(),
                0,
                "keep the right to load a filter"));
      }
      steps.add(SeccompPrograms.step(linux.seccomp(), host.arch()));
    }
    if (sets != null) {
      steps.add(
          new IdentityStep.SetCapabilities(
              mask(sets.effective()),
              mask(sets.permitted()),
              mask(sets.inheritable()),
              "keep only the container's capabilities"));
      if (!sets.ambient().isEmpty()) {
        steps.add(new IdentityStep.SetAmbient(mask(sets.ambient())));
      }
    }
    if (process.noNewPrivileges()) {
      steps.add(new IdentityStep.NoNewPrivileges());
      if (linux.seccomp() != null) {
        steps.add(SeccompPrograms.step(linux.seccomp(), host.arch()));
      }
    }
    if (init) {
      steps.add(new InitStep.StayAsInit(process.terminal()));
    }
    steps.add(new ProcessStep.Execute(candidates, process.args(), process.env()));
  }

  /// What this process has not got itself it cannot give.
  private long mask(Collection<String> names) {
    return Capability.mask(names) & host.permittedCapabilities();
  }

  /// A name with a slash is a path; any other is looked for along PATH, as execvp(3) does.
  private List<String> candidates(String name) {
    if (name.indexOf('/') >= 0) {
      return List.of(name);
    }
    String path = DEFAULT_PATH;
    for (String variable : process.env()) {
      if (variable.startsWith("PATH=")) {
        path = variable.substring(5);
      }
    }
    var candidates = new ArrayList<String>();
    for (String directory : path.split(":", -1)) {
      candidates.add((directory.isEmpty() ? "." : directory) + "/" + name);
    }
    return candidates;
  }
}
