package jontainers.runtime;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import jontainers.linux.Capability;
import jontainers.oci.Capabilities;
import jontainers.oci.Process;
import jontainers.oci.Seccomp;
import jontainers.oci.Spec;
import jontainers.oci.User;
import jontainers.runtime.step.IdentityStep;
import jontainers.runtime.step.InitStep;
import jontainers.runtime.step.LifecycleStep;
import jontainers.runtime.step.ProcessStep;
import jontainers.runtime.step.Step;
import org.jspecify.annotations.Nullable;

/// The last steps: who the process is, what it may do, and which program it becomes.
///
/// Loading a filter needs CAP_SYS_ADMIN unless no new privileges can be gained (seccomp(2)). So
/// with `noNewPrivileges` the filter is the very last thing; without, it comes after the user is
/// set and before the capabilities are, and the filter sees capset(2) and execve(2) alone.
///
/// A process that is started later waits before the filter, which then sees no call of the waiting.
/// Only a filter that notifies an agent is loaded before: its listener is handed over by whoever
/// creates the container.
final class IdentityPlan {
  private static final String DEFAULT_PATH =
      "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private static final String KEEP_GROUPS = "run.oci.keep_original_groups";

  private final Process process;
  private final @Nullable Seccomp seccomp;
  private final Host host;
  private final boolean setsGroups;
  private final ProcessStep.SetDumpable.By tracing;
  private final Handover handover;
  private final List<Step> steps = new ArrayList<>();

  private IdentityPlan(
      Process process,
      @Nullable Seccomp seccomp,
      Host host,
      boolean setsGroups,
      ProcessStep.SetDumpable.By tracing,
      Handover handover) {
    this.process = process;
    this.seccomp = seccomp;
    this.host = host;
    this.setsGroups = setsGroups;
    this.tracing = tracing;
    this.handover = handover;
  }

  /// Decide on them.
  ///
  /// @param host whose permitted capabilities are those of the container's own user namespace
  /// @param setsGroups whether setgroups(2) is allowed
  /// @param tracing who may look into the process
  static List<Step> of(
      Process process,
      @Nullable Seccomp seccomp,
      Host host,
      boolean setsGroups,
      ProcessStep.SetDumpable.By tracing,
      Handover handover)
      throws StartException {
    var plan = new IdentityPlan(process, seccomp, host, setsGroups, tracing, handover);
    plan.decide();
    return List.copyOf(plan.steps);
  }

  /// Tell whether a container keeps the supplementary groups of whoever calls the runtime: crun's
  /// annotation, which podman sets for `--group-add keep-groups`.
  static boolean keepsGroups(Spec spec) {
    return "1".equals(spec.annotations().get(KEEP_GROUPS));
  }

  /// Return a process without groups of its own where it keeps the caller's.
  static Process withKeptGroups(Process process, Spec spec) {
    var user = process.user();
    return keepsGroups(spec)
        ? process.withUser(new User(user.uid(), user.gid(), user.umask(), List.of(), null))
        : process;
  }

  private void decide() throws StartException {
    if (process.args().isEmpty() || process.args().getFirst().isEmpty()) {
      throw new StartException("no command specified", "name a program to run");
    }
    String program = handover.program().orElse(process.args().getFirst());
    var candidates = candidates(program);
    boolean notifies = seccomp != null && SeccompPrograms.notifies(seccomp);
    steps.add(new ProcessStep.CloseOnExec(3));
    SecurityModules.labels(process, steps);
    Capabilities sets = process.capabilities();
    if (sets != null) {
      steps.add(new IdentityStep.LimitBoundingSet(mask(sets.bounding()), host.lastCapability()));
    }
    become();
    if (sets != null && process.user().uid() != 0 && mask(sets.effective()) != 0) {
      steps.add(
          new IdentityStep.SetCapabilities(
              mask(sets.effective()),
              host.permittedCapabilities(),
              0,
              "look for the program with the rights that it will have"));
    }
    steps.add(new ProcessStep.FindProgram(program, candidates));
    if (!notifies) {
      awaitStart();
    }
    if (seccomp != null && !process.noNewPrivileges()) {
      if (process.user().uid() != 0) { // a change of groups takes no capabilities
        steps.add(
            new IdentityStep.SetCapabilities(
                host.permittedCapabilities(),
                host.permittedCapabilities(),
                0,
                "keep the right to load a filter"));
      }
      steps.add(SeccompPrograms.step(seccomp, host.arch()));
    }
    if (sets != null) {
      limit(sets);
    }
    if (process.noNewPrivileges()) {
      steps.add(new IdentityStep.NoNewPrivileges());
      if (seccomp != null) {
        steps.add(SeccompPrograms.step(seccomp, host.arch()));
      }
    }
    if (notifies) {
      awaitStart();
    }
    if (handover.start() == Handover.Start.BELOW_AN_INIT) {
      steps.add(new InitStep.StayAsInit(process.terminal()));
    }
    steps.add(new ProcessStep.Execute(candidates, process.args(), lastOfEach(process.env())));
  }

  private void become() throws StartException {
    var user = process.user();
    if (!setsGroups && !user.additionalGids().isEmpty()) {
      throw new StartException(
          "groups cannot be added in a user namespace of one group",
          "give this user ranges of ids in /etc/subuid and /etc/subgid");
    }
    steps.add(
        new IdentityStep.BecomeUser(user.uid(), user.gid(), user.additionalGids(), setsGroups));
    steps.add(new ProcessStep.SetDumpable(tracing));
  }

  private void awaitStart() {
    if (handover.start() == Handover.Start.WHEN_TOLD) {
      steps.add(new LifecycleStep.Pause(LifecycleStep.Pause.Reason.STATE));
      steps.add(
          handover.control().isPresent()
              ? new LifecycleStep.AwaitStart(handover.listening(), handover.control().getAsInt())
              : new LifecycleStep.AwaitStart(handover.listening()));
    } else if (handover.control().isPresent()) {
      steps.add(new LifecycleStep.Pause(LifecycleStep.Pause.Reason.DESCRIPTORS));
    }
    if (handover.preserved() > 0) {
      steps.add(new ProcessStep.PassDescriptors(handover.preserved()));
    }
    steps.addAll(handover.late());
  }

  private void limit(Capabilities sets) {
    steps.add(
        new IdentityStep.SetCapabilities(
            mask(sets.effective()),
            mask(sets.permitted()),
            mask(sets.inheritable()),
            "keep only the container's capabilities"));
    // Only what is permitted and inheritable can be ambient: capabilities(7).
    long ambient =
        mask(sets.ambient())
            & Capability.mask(sets.permitted())
            & Capability.mask(sets.inheritable());
    if (ambient != 0) {
      steps.add(new IdentityStep.SetAmbient(ambient));
    }
  }

  /// Of several variables of one name the last counts, for every program alike.
  private static List<String> lastOfEach(List<String> environment) {
    var variables = new LinkedHashMap<String, String>();
    for (String variable : environment) {
      String name = variable.split("=", 2)[0];
      variables.remove(name);
      variables.put(name, variable);
    }
    return List.copyOf(variables.values());
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
