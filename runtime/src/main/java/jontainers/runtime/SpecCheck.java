package jontainers.runtime;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import jontainers.linux.RawText;
import jontainers.linux.Rlimit;
import jontainers.linux.seccomp.Action;
import jontainers.linux.seccomp.FilterFlag;
import jontainers.linux.seccomp.Operator;
import jontainers.oci.Hook;
import jontainers.oci.Linux;
import jontainers.oci.Process;
import jontainers.oci.Seccomp;
import jontainers.oci.Spec;
import jontainers.runtime.step.NamespaceKind;
import jontainers.runtime.systemd.PropertyAnnotations;
import jontainers.runtime.systemd.UnitName;
import org.jspecify.annotations.Nullable;

/// Look for everything in a configuration that cannot be, before anything is touched: the rules of
/// config.md and config-linux.md.
///
/// Each problem begins with its place, as `linux.namespaces[2].type`.
public final class SpecCheck {
  private static final Set<String> DEVICE_TYPES = Set.of("c", "b", "u", "p");
  private static final Set<String> PROPAGATIONS =
      Set.of(
          "shared",
          "slave",
          "private",
          "unbindable",
          "rshared",
          "rslave",
          "rprivate",
          "runbindable");
  private static final int LATEST_MAJOR = 1;
  private static final int LATEST_MINOR = 3;

  private final Spec spec;
  private final CgroupDriver driver;
  private final List<String> problems = new ArrayList<>();

  private SpecCheck(Spec spec, CgroupDriver driver) {
    this.spec = spec;
    this.driver = driver;
  }

  /// Return the problems, none where the configuration can be tried.
  ///
  /// @param driver who is to make its cgroups
  public static List<String> problems(Spec spec, CgroupDriver driver) {
    var check = new SpecCheck(spec, driver);
    check.look();
    return List.copyOf(check.problems);
  }

  /// Return the problems of a process, as `exec` has it.
  public static List<String> problems(Process process) {
    var check =
        new SpecCheck(
            new Spec(
                Spec.VERSION, null, null, null, null, List.of(), null, java.util.Map.of(), null),
            CgroupDriver.FILES);
    check.process(process);
    return List.copyOf(check.problems);
  }

  /// Return the memory policies that are known.
  public static List<String> memoryModes() {
    return Scheduling.memoryModes();
  }

  /// Return the flags of memory policies that are known.
  public static List<String> memoryFlags() {
    return Scheduling.memoryFlags();
  }

  private void look() {
    version();
    if (spec.root() == null) {
      add("root", "is missing");
    } else if (spec.root().path().isEmpty()) {
      add("root.path", "is empty");
    }
    if (spec.process() == null) {
      add("process", "is missing");
    } else {
      process(spec.process());
    }
    mounts();
    hooks();
    if (spec.linux() == null) {
      add("linux", "is missing");
    } else {
      linux(spec.linux());
    }
  }

  private void version() {
    String[] parts = spec.ociVersion().split("[.+-]");
    try {
      int major = Integer.parseInt(parts[0]);
      int minor = parts.length > 1 ? Integer.parseInt(parts[1]) : 0;
      if (major != LATEST_MAJOR || minor > LATEST_MINOR) {
        add(
            "ociVersion",
            spec.ociVersion() + " is not supported, 1.0.0 to " + Spec.VERSION + " are");
      }
    } catch (NumberFormatException e) {
      add("ociVersion", "\"" + spec.ociVersion() + "\" is no version");
    }
  }

  private void process(Process process) {
    if (process.args().isEmpty() || process.args().getFirst().isEmpty()) {
      add("process.args", "is empty: args must not be empty");
    }
    if (process.cwd().isEmpty()) {
      add("process.cwd", "Cwd property must not be empty");
    } else if (!process.cwd().startsWith("/")) {
      add("process.cwd", "\"" + process.cwd() + "\" is not absolute: Cwd must be an absolute path");
    }
    var user = process.user();
    id("process.user.uid", user.uid());
    id("process.user.gid", user.gid());
    for (int i = 0; i < user.additionalGids().size(); i++) {
      id("process.user.additionalGids[" + i + "]", user.additionalGids().get(i));
    }
    var seen = new HashSet<String>();
    for (int i = 0; i < process.rlimits().size(); i++) {
      var limit = process.rlimits().get(i);
      String place = "process.rlimits[" + i + "]";
      if (!known(limit.type(), Rlimit::valueOf)) {
        add(place + ".type", "unknown resource limit " + limit.type());
      } else if (!seen.add(limit.type())) {
        add(place + ".type", limit.type() + " is there twice");
      }
      if (Long.compareUnsigned(limit.soft(), limit.hard()) > 0) {
        add(place, "its soft limit is above its hard limit");
      }
    }
    scheduling(process);
  }

  private void scheduling(Process process) {
    attempt(
        "process.scheduler",
        () -> {
          if (process.scheduler() != null) {
            Scheduling.scheduler(process.scheduler());
          }
        });
    attempt(
        "process.ioPriority",
        () -> {
          if (process.ioPriority() != null) {
            Scheduling.ioPriority(process.ioPriority());
          }
        });
    var affinity = process.execCPUAffinity();
    if (affinity != null) {
      list("process.execCPUAffinity.initial", affinity.initial());
      list("process.execCPUAffinity.final", affinity.last());
    }
    attempt("process", () -> SecurityModules.check(process));
  }

  private void list(String place, @Nullable String processors) {
    if (processors != null && !processors.isEmpty()) {
      attempt(
          place,
          () -> {
            var _ = Scheduling.mask(processors);
          });
    }
  }

  private void mounts() {
    for (int i = 0; i < spec.mounts().size(); i++) {
      var mount = spec.mounts().get(i);
      String place = "mounts[" + i + "]";
      if (mount.destination().isEmpty()) {
        add(place + ".destination", "is empty");
      } else {
        attempt(place + ".destination", () -> Destinations.check(Destinations.absolute(mount)));
      }
      if (mount.uidMappings().isEmpty() != mount.gidMappings().isEmpty()) {
        add(place, "has uidMappings or gidMappings, and needs both");
      }
      attempt(
          place,
          () -> {
            var _ = AgentPlan.idMaps(mount.uidMappings(), mount.gidMappings());
          });
    }
  }

  private void hooks() {
    var hooks = spec.hooks();
    if (hooks != null) {
      hooks("prestart", hooks.prestart());
      hooks("createRuntime", hooks.createRuntime());
      hooks("createContainer", hooks.createContainer());
      hooks("startContainer", hooks.startContainer());
      hooks("poststart", hooks.poststart());
      hooks("poststop", hooks.poststop());
    }
  }

  private void hooks(String kind, List<Hook> hooks) {
    for (int i = 0; i < hooks.size(); i++) {
      String place = "hooks." + kind + "[" + i + "]";
      if (!hooks.get(i).path().startsWith("/")) {
        add(place + ".path", "\"" + hooks.get(i).path() + "\" is not absolute");
      }
      Integer timeout = hooks.get(i).timeout();
      if (timeout != null && timeout <= 0) {
        add(place + ".timeout", timeout + " is not above 0");
      }
    }
  }

  private void linux(Linux linux) {
    var kinds = namespaces(linux);
    if (!kinds.contains(NamespaceKind.MOUNT)) {
      add("linux.namespaces", "has no mount namespace, and a container needs one");
    }
    if (!kinds.contains(NamespaceKind.USER)
        && !(linux.uidMappings().isEmpty() && linux.gidMappings().isEmpty())) {
      add("linux.uidMappings", "are there without a user namespace");
    }
    if (spec.hostname() != null
        && !spec.hostname().isEmpty()
        && !kinds.contains(NamespaceKind.UTS)) {
      add("hostname", "cannot be set: unable to set hostname without a private UTS namespace");
    }
    if (spec.domainname() != null
        && !spec.domainname().isEmpty()
        && !kinds.contains(NamespaceKind.UTS)) {
      add("domainname", "cannot be set without a private UTS namespace");
    }
    attempt("linux.sysctl", () -> Sysctls.check(linux.sysctl(), kinds));
    devices(linux);
    for (String clock : linux.timeOffsets().keySet()) {
      if (!clock.equals("monotonic") && !clock.equals("boottime")) {
        add("linux.timeOffsets." + clock, "is no clock; monotonic and boottime are");
      }
    }
    if (!linux.timeOffsets().isEmpty() && !kinds.contains(NamespaceKind.TIME)) {
      add("linux.timeOffsets", "need a time namespace");
    }
    if (linux.rootfsPropagation() != null
        && !linux.rootfsPropagation().isEmpty()
        && !PROPAGATIONS.contains(linux.rootfsPropagation())) {
      add("linux.rootfsPropagation", "\"" + linux.rootfsPropagation() + "\" is none");
    }
    paths("linux.maskedPaths", linux.maskedPaths());
    paths("linux.readonlyPaths", linux.readonlyPaths());
    attempt(
        "linux.personality",
        () -> {
          if (linux.personality() != null) {
            Scheduling.personality(linux.personality());
          }
        });
    attempt(
        "linux.memoryPolicy",
        () -> {
          if (linux.memoryPolicy() != null) {
            Scheduling.memoryPolicy(linux.memoryPolicy());
          }
        });
    if (linux.intelRdt() != null) {
      add("linux.intelRdt", "is not supported: intelRdt is not supported on this machine");
    }
    if (!linux.netDevices().isEmpty() && !kinds.contains(NamespaceKind.NETWORK)) {
      add("linux.netDevices", "need a network namespace");
    }
    cgroupsPath(linux.cgroupsPath() == null ? "" : linux.cgroupsPath());
    if (linux.seccomp() != null) {
      seccomp(linux.seccomp());
    }
  }

  private void cgroupsPath(String cgroups) {
    if (driver == CgroupDriver.SYSTEMD) {
      told("linux.cgroupsPath", () -> UnitName.parse(cgroups, "system.slice", "x", "x"));
      told("annotations", () -> PropertyAnnotations.of(spec.annotations()));
    } else if (!cgroups.startsWith("/") && cgroups.split(":", -1).length == 3) {
      add(
          "linux.cgroupsPath",
          "\"" + cgroups + "\" is a unit of systemd; use --systemd-cgroup where systemd runs");
    }
  }

  private void told(String place, Runnable attempt) {
    try {
      attempt.run();
    } catch (IllegalArgumentException e) {
      add(place, String.valueOf(e.getMessage()));
    }
  }

  private Set<NamespaceKind> namespaces(Linux linux) {
    var kinds = EnumSet.noneOf(NamespaceKind.class);
    for (int i = 0; i < linux.namespaces().size(); i++) {
      var namespace = linux.namespaces().get(i);
      String place = "linux.namespaces[" + i + "]";
      var kind =
          java.util.Arrays.stream(NamespaceKind.values())
              .filter(known -> known.ociName().equals(namespace.type()))
              .findFirst();
      if (kind.isEmpty()) {
        add(place + ".type", "unknown namespace \"" + namespace.type() + "\"");
      } else if (!kinds.add(kind.get())) {
        add(place + ".type", "malformed spec file: duplicated ns " + namespace.type());
      }
      String path = namespace.path();
      if (path != null && !path.isEmpty() && !path.startsWith("/")) {
        add(place + ".path", "\"" + path + "\" is not absolute");
      }
    }
    return kinds;
  }

  private void devices(Linux linux) {
    for (int i = 0; i < linux.devices().size(); i++) {
      var device = linux.devices().get(i);
      String place = "linux.devices[" + i + "]";
      if (!DEVICE_TYPES.contains(device.type())) {
        add(place + ".type", "\"" + device.type() + "\" is no type of device");
      }
      if (!device.path().startsWith("/")) {
        add(place + ".path", "\"" + device.path() + "\" is not absolute");
      }
    }
    var resources = linux.resources();
    if (resources == null) {
      return;
    }
    for (int i = 0; i < resources.devices().size(); i++) {
      String access = resources.devices().get(i).access();
      if (access != null && !access.chars().allMatch(c -> "rwm".indexOf(c) >= 0)) {
        add("linux.resources.devices[" + i + "].access", "\"" + access + "\" is more than rwm");
      }
    }
  }

  private void paths(String place, List<String> paths) {
    for (int i = 0; i < paths.size(); i++) {
      if (!RawText.path(paths.get(i)).isAbsolute()) {
        add(place + "[" + i + "]", "\"" + paths.get(i) + "\" is not absolute");
      }
    }
  }

  private void seccomp(Seccomp seccomp) {
    String place = "linux.seccomp.";
    if (!known(seccomp.defaultAction(), Action::parse)) {
      add(place + "defaultAction", "unknown action " + seccomp.defaultAction());
    }
    for (int i = 0; i < seccomp.flags().size(); i++) {
      if (!known(seccomp.flags().get(i), FilterFlag::parse)) {
        add(place + "flags[" + i + "]", "unknown flag " + seccomp.flags().get(i));
      }
    }
    for (int i = 0; i < seccomp.syscalls().size(); i++) {
      var rule = seccomp.syscalls().get(i);
      String at = place + "syscalls[" + i + "]";
      if (!known(rule.action(), Action::parse)) {
        add(at + ".action", "unknown action " + rule.action());
      }
      if (rule.names().isEmpty()) {
        add(at + ".names", "is empty");
      }
      for (int j = 0; j < rule.args().size(); j++) {
        var argument = rule.args().get(j);
        if (!known(argument.op(), Operator::parse)) {
          add(at + ".args[" + j + "].op", "unknown operator " + argument.op());
        }
        if (argument.index() > 5) {
          add(at + ".args[" + j + "].index", argument.index() + " is above 5");
        }
      }
    }
    boolean notifies = SeccompPrograms.notifies(seccomp);
    if (notifies && (seccomp.listenerPath() == null || seccomp.listenerPath().isEmpty())) {
      add(place + "listenerPath", "is missing, and SCMP_ACT_NOTIFY needs it");
    }
    if (seccomp.defaultAction().equals("SCMP_ACT_NOTIFY")) {
      add(place + "defaultAction", "SCMP_ACT_NOTIFY cannot be used as default action");
    }
    for (var rule : seccomp.syscalls()) {
      if (rule.action().equals("SCMP_ACT_NOTIFY") && rule.names().contains("write")) {
        add(place + "syscalls", "SCMP_ACT_NOTIFY cannot be used for the write syscall");
      }
    }
  }

  private void id(String place, long id) {
    if (id < 0 || id >= 0xffffffffL) {
      add(place, id + " is no id; they are below 4294967295");
    }
  }

  /// Something that throws where it is refused.
  private interface Trying {
    void run() throws StartException;
  }

  private void attempt(String place, Trying trying) {
    try {
      trying.run();
    } catch (StartException e) {
      add(place, String.valueOf(e.getMessage()));
    } catch (IllegalArgumentException e) {
      add(place, String.valueOf(e.getMessage()));
    }
  }

  /// Something that reads a name.
  private interface Reading {
    Object read(String name);
  }

  private static boolean known(String name, Reading reading) {
    try {
      reading.read(name);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private void add(String place, String problem) {
    problems.add(place + ": " + problem);
  }
}
