package jontainers.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jontainers.linux.IdMaps;
import jontainers.linux.IdRange;
import jontainers.oci.IdMapping;
import jontainers.oci.Linux;
import jontainers.oci.Mount;
import jontainers.oci.Namespace;
import jontainers.runtime.step.CgroupStep;
import jontainers.runtime.step.IdentityStep;
import jontainers.runtime.step.MountOptions;
import jontainers.runtime.step.MountStep;
import jontainers.runtime.step.NamespaceKind;
import jontainers.runtime.step.NamespaceStep;
import jontainers.runtime.step.ProcessStep;
import jontainers.runtime.step.Step;

/// What the agent does before it makes the child.
///
/// Without a user namespace that is next to nothing. With one, it is what only the host's root may:
/// idmapped mounts, the overlay, higher limits, all in a mount namespace of its own; then it enters
/// the user namespace, so that the child and its other namespaces belong to that.
final class AgentPlan {
  /// Fewer open files than this the set-up itself does not get along with.
  private static final long OPEN_FILES = 4096;

  private final Launch launch;
  private final Linux linux;
  private final int namespace;
  private final String path;
  private final List<Step> steps = new ArrayList<>();

  private AgentPlan(Launch launch, Linux linux, int namespace, String path) {
    this.launch = launch;
    this.linux = linux;
    this.namespace = namespace;
    this.path = path;
  }

  /// Decide what an agent does without a user namespace.
  ///
  /// @param cgroup that into which it clones the child
  /// @param tracing who may look into agent and child
  /// @param passed how many descriptors it is given beside the three standard ones
  /// @param preserved how many of the caller's the program is to have
  static List<Step> plain(
      int passed, int preserved, Optional<String> cgroup, ProcessStep.SetDumpable.By tracing) {
    var steps = new ArrayList<Step>();
    steps.add(new ProcessStep.SetDumpable(tracing));
    steps.add(new NamespaceStep.KeepDescriptors(passed, preserved));
    cgroup.map(CgroupStep.HoldCgroup::new).ifPresent(steps::add);
    steps.add(new NamespaceStep.NewSession());
    steps.add(new ProcessStep.Umask(0));
    return List.copyOf(steps);
  }

  /// Decide what an agent does with one.
  ///
  /// @param passed how many descriptors it is given beside the three standard ones
  /// @param before the steps that enter namespaces which the user namespace need not own
  /// @param namespace the descriptor of the user namespace
  /// @param path its name
  /// @param trees the steps that take hold of trees of the host
  /// @param cut the step that cuts the mounts off from the host's
  /// @param limits the limits of the process
  static List<Step> of(
      Launch launch,
      Linux linux,
      int passed,
      List<Step> before,
      int namespace,
      String path,
      List<Step> trees,
      Step cut,
      List<ProcessStep.SetRlimit> limits)
      throws StartException {
    var plan = new AgentPlan(launch, linux, namespace, path);
    plan.steps.addAll(
        plain(passed, preserved(launch), Optional.empty(), ProcessStep.SetDumpable.By.RUNTIME));
    plan.steps.addAll(before);
    plan.decide(trees, cut, limits);
    return List.copyOf(plan.steps);
  }

  /// Return how many descriptors of the caller the program is to have.
  static int preserved(Launch launch) {
    return launch.creation().map(Creation::preserved).orElse(0);
  }

  /// Return the ids that a specification maps; empty where its user namespace exists already.
  static Optional<IdMaps> maps(Linux linux, Namespace user) throws StartException {
    if (user.path() != null) {
      return Optional.empty();
    }
    if (linux.uidMappings().isEmpty() || linux.gidMappings().isEmpty()) {
      throw new StartException(
          "a new user namespace needs mappings of users and of groups",
          "set linux.uidMappings and linux.gidMappings");
    }
    var maps = idMaps(linux.uidMappings(), linux.gidMappings());
    requireRoot(maps.users(), "user");
    requireRoot(maps.groups(), "group");
    return Optional.of(maps);
  }

  /// Return a user's number outside of the user namespace; -1 where it is not known.
  static long outside(Linux linux, long uid) throws StartException {
    return IdRange.outside(ranges(linux.uidMappings()), uid);
  }

  static IdMaps idMaps(List<IdMapping> users, List<IdMapping> groups) throws StartException {
    return new IdMaps(ranges(users), ranges(groups));
  }

  private static void requireRoot(List<IdRange> ranges, String what) throws StartException {
    if (IdRange.outside(ranges, 0) < 0) {
      throw new StartException(
          "the user namespace has no " + what + " 0, who sets the container up",
          "map " + what + " 0, too");
    }
  }

  private static List<IdRange> ranges(List<IdMapping> mappings) throws StartException {
    var ranges = new ArrayList<IdRange>();
    for (var mapping : mappings) {
      try {
        ranges.add(new IdRange(mapping.containerID(), mapping.hostID(), mapping.size()));
      } catch (IllegalArgumentException e) {
        throw new StartException(
            StartException.Kind.ENGINE, String.valueOf(e.getMessage()), "ids are below 2^32-1", e);
      }
    }
    return ranges;
  }

  private void decide(List<Step> trees, Step cut, List<ProcessStep.SetRlimit> limits)
      throws StartException {
    steps.add(new NamespaceStep.NewMountNamespace());
    steps.addAll(trees);
    steps.add(cut);
    for (var mount : launch.rootMounts()) {
      rootMount(mount);
    }
    limits.forEach(limit -> steps.add(raised(limit)));
    steps.add(new NamespaceStep.JoinNamespace(NamespaceKind.USER, namespace, path));
  }

  private void rootMount(Mount mount) throws StartException {
    var options = MountOptions.parse(mount.options());
    if (options.bind()) {
      steps.add(
          new MountStep.BindMapped(String.valueOf(mount.source()), mount.destination(), namespace));
      return;
    }
    boolean mapped = launch.rootMounts().stream().anyMatch(m -> m.options().contains("idmap"));
    if (mapped) {
      steps.add(
          new IdentityStep.MakeFilesAs(
              IdRange.outside(ranges(linux.uidMappings()), 0),
              IdRange.outside(ranges(linux.gidMappings()), 0)));
    }
    steps.add(mountRoot(mount));
    if (mapped) {
      steps.add(new IdentityStep.MakeFilesAs(0, 0));
    }
  }

  /// Decide how one of the mounts of a root filesystem is made.
  static Step mountRoot(Mount mount) throws StartException {
    try {
      return MountStep.MountRoot.of(mount);
    } catch (IllegalArgumentException e) {
      throw new StartException(
          StartException.Kind.ENGINE,
          String.valueOf(e.getMessage()),
          "use an image with fewer layers, or a --root with a shorter path",
          e);
    }
  }

  /// Inside the user namespace a limit can be lowered and not raised.
  private static Step raised(ProcessStep.SetRlimit limit) {
    boolean files = limit.name().equals("RLIMIT_NOFILE");
    return new ProcessStep.SetRlimit(
        limit.resource(),
        limit.name(),
        files ? higher(limit.soft(), OPEN_FILES) : limit.soft(),
        files ? higher(limit.hard(), OPEN_FILES) : limit.hard());
  }

  /// -1 is no limit.
  private static long higher(long limit, long least) {
    return Long.compareUnsigned(limit, least) < 0 ? least : limit;
  }
}
