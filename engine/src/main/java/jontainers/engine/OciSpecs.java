package jontainers.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import jontainers.linux.Capability;
import jontainers.linux.RawText;
import jontainers.oci.Capabilities;
import jontainers.oci.ConsoleSize;
import jontainers.oci.Device;
import jontainers.oci.DeviceRule;
import jontainers.oci.Linux;
import jontainers.oci.Mount;
import jontainers.oci.Namespace;
import jontainers.oci.Process;
import jontainers.oci.Resources;
import jontainers.oci.Rlimit;
import jontainers.oci.Root;
import jontainers.oci.Seccomp;
import jontainers.oci.Spec;
import jontainers.runtime.Host;

/// From a request in Docker's words to an OCI specification; [#toSpec] is a pure function.
///
/// @param spec the request
/// @param id the container's id
/// @param hostname its host name
/// @param identity its user, looked up in the image
/// @param rootfs where its root filesystem is mounted
/// @param files what is shown over the image's own files
/// @param namespaces namespaces that exist already and are joined, by their OCI names
/// @param facts what the machine has
/// @param size its terminal's size
record OciSpecs(
    ContainerSpec spec,
    String id,
    String hostname,
    ContainerIdentity identity,
    Path rootfs,
    List<HostFile> files,
    Map<String, Path> namespaces,
    Facts facts,
    Optional<ConsoleSize> size) {

  /// A file of the host that the container sees in the place of the image's.
  record HostFile(Path source, String destination) {}

  /// What of the machine goes into a specification.
  ///
  /// @param capabilities what the container has
  /// @param seccomp its profile; absent for none
  /// @param openFiles its limit of open files
  /// @param maskedPaths what of the kernel it does not see
  /// @param devices its device nodes
  /// @param deviceRules what it may do with devices, in order
  /// @param limitsSwap whether the kernel can
  /// @param sysctls kernel parameters that it has unless it asks for others
  /// @param cgroups whether cgroups can be made
  /// @param host the machine
  record Facts(
      List<String> capabilities,
      Optional<Seccomp> seccomp,
      Rlimit openFiles,
      List<String> maskedPaths,
      List<Device> devices,
      List<DeviceRule> deviceRules,
      boolean limitsSwap,
      Map<String, String> sysctls,
      boolean cgroups,
      Host host) {

    /// Look up what a container asks for.
    ///
    /// @param openFiles the hard limit of this process's open files
    static Facts of(ContainerSpec spec, Host host, long openFiles, List<String> maskedPaths)
        throws IOException, EngineException {
      var security = spec.security();
      var capabilities = security.capabilities(Capability.names(host.permittedCapabilities()));
      var devices = HostDevices.of(security);
      return new Facts(
          capabilities,
          SeccompProfiles.of(security, capabilities, host.arch()),
          DockerDefaults.openFiles(openFiles),
          maskedPaths,
          devices.devices(),
          // Nobody makes devices in a user namespace, and the rules' program needs the machine's
          // root.
          host.users().nested() ? List.of() : devices.rules(),
          spec.limits().resources().memory() != null && host.limitsSwap(),
          DockerDefaults.sysctls(spec, host),
          cgroups(spec, host),
          host);
    }

    /// Those who are not root have none, unless some were given to them.
    private static boolean cgroups(ContainerSpec spec, Host host) throws EngineException {
      if (!host.users().nested()
          || (!host.cgroups().isEmpty()
              && host.cgroups().stream().allMatch(h -> Files.isWritable(h.top())))) {
        return true;
      }
      if (spec.limits().needCgroups()) {
        throw new EngineException(
            EngineException.Category.FORBIDDEN,
            "limits of memory, processors, processes and devices need root",
            "--ulimit limits each process without root");
      }
      return false;
    }
  }

  private static final String CGROUP_PARENT = "/jontainers";

  /// Return the path of the container's cgroups below each hierarchy's root.
  String cgroupsPath() {
    String parent = spec.limits().cgroupParent().orElse(CGROUP_PARENT);
    return (parent.startsWith("/") ? "" : "/") + parent + (parent.endsWith("/") ? "" : "/") + id;
  }

  Spec toSpec() {
    var oci =
        Spec.of(
            process(),
            new Root(RawText.of(rootfs), spec.readOnly()),
            spec.sharing().uts() ? null : hostname,
            mounts(),
            linux());
    return spec.domainname().isPresent() ? oci.withDomainname(spec.domainname().get()) : oci;
  }

  private Process process() {
    var draft =
        Process.draft(spec.command())
            .user(identity.user())
            .env(environment())
            .cwd(spec.workingDirectory())
            .capabilities(capabilities())
            .rlimits(rlimits());
    if (spec.terminal()) {
      draft.terminal(size.orElse(null));
    }
    if (spec.security().noNewPrivileges()) {
      draft.noNewPrivileges();
    }
    spec.limits().oomScoreAdj().ifPresent(draft::oomScoreAdj);
    return draft.build();
  }

  private Capabilities capabilities() {
    return identity.user().uid() == 0
        ? Capabilities.of(facts.capabilities())
        : Capabilities.bounding(facts.capabilities());
  }

  private List<Rlimit> rlimits() {
    var limits = new ArrayList<Rlimit>();
    if (spec.limits().rlimits().stream().noneMatch(l -> l.type().equals(facts.openFiles.type()))) {
      limits.add(facts.openFiles);
    }
    limits.addAll(spec.limits().rlimits());
    return limits;
  }

  /// Docker's own variables first, then the user's; of several with one name the last counts.
  private List<String> environment() {
    Map<String, String> variables = new LinkedHashMap<>();
    put(variables, DockerDefaults.PATH);
    put(variables, "HOSTNAME=" + hostname);
    if (spec.terminal()) {
      put(variables, "TERM=xterm");
    }
    spec.environment().forEach(variable -> put(variables, variable));
    variables.putIfAbsent("HOME", "HOME=" + identity.home());
    return List.copyOf(variables.values());
  }

  /// A name alone takes its variable away.
  private static void put(Map<String, String> variables, String variable) {
    int equals = variable.indexOf('=');
    if (equals < 0) {
      variables.remove(variable);
    } else {
      variables.put(variable.substring(0, equals), variable);
    }
  }

  /// Docker's own mounts, then the container's files, then the user's, those deeper in the tree
  /// after those above them. What the user mounts replaces what is there by default.
  private List<Mount> mounts() {
    Set<String> users =
        spec.mounts().stream().map(FileMount::target).collect(Collectors.toUnmodifiableSet());
    var mounts = new ArrayList<Mount>();
    for (var mount : DockerDefaults.mounts(spec, facts.host)) {
      if (!users.contains(mount.destination())) {
        mounts.add(mount);
      }
    }
    var sorted = new ArrayList<Mount>();
    for (var file : files) {
      if (!users.contains(file.destination())) {
        sorted.add(
            spec.userMapping().isPresent()
                ? bind(file.source(), file.destination(), "bind", "rprivate", "idmap")
                : bind(file.source(), file.destination(), "rbind", "rprivate"));
      }
    }
    spec.mounts().forEach(mount -> sorted.add(mount(mount)));
    // as Docker: what is deeper comes later, and is not covered
    sorted.sort(Comparator.comparingInt(mount -> RawText.path(mount.destination()).getNameCount()));
    mounts.addAll(sorted);
    return mounts;
  }

  private static Mount mount(FileMount mount) {
    return switch (mount) {
      case FileMount.Bind bind ->
          bind(
              bind.source(),
              bind.target(),
              bind.recursive() ? "rbind" : "bind",
              bind.propagation().word(),
              bind.mapped() ? bind.recursive() ? "ridmap" : "idmap" : "defaults",
              switch (bind.access()) {
                case READ_WRITE -> "rw";
                case READ_ONLY -> "rro";
                case READ_ONLY_NON_RECURSIVE -> "ro";
              });
      case FileMount.Tmpfs tmpfs -> {
        var options = new ArrayList<>(List.of("nosuid", "nodev", "noexec"));
        options.addAll(tmpfs.options());
        yield new Mount(tmpfs.target(), "tmpfs", "tmpfs", options);
      }
    };
  }

  private static boolean isShared(FileMount mount) {
    return mount instanceof FileMount.Bind bind && bind.propagation().word().endsWith("shared");
  }

  private static Mount bind(Path source, String destination, String... options) {
    return new Mount(destination, "bind", RawText.of(source), List.of(options));
  }

  private Linux linux() {
    var own = new ArrayList<>(List.of("mount", "time"));
    if (!spec.sharing().uts()) {
      own.add("uts");
    }
    if (spec.sharing().ipc() != Sharing.Ipc.HOST) {
      own.add("ipc");
    }
    if (!spec.sharing().pid()) {
      own.add("pid");
    }
    if (!spec.sharing().cgroup()) {
      own.add("cgroup");
    }
    var all = new ArrayList<Namespace>();
    own.forEach(kind -> all.add(Namespace.of(kind)));
    namespaces.forEach((kind, path) -> all.add(new Namespace(kind, RawText.of(path))));
    boolean open = spec.security().privileged() || spec.security().openSystemPaths();
    var draft =
        Linux.draft(all)
            .devices(facts.devices)
            .seccomp(facts.seccomp.orElse(null))
            .sysctl(sysctls())
            .maskedPaths(open ? List.of() : facts.maskedPaths)
            .readonlyPaths(open ? List.of() : DockerDefaults.READONLY_PATHS);
    if (facts.cgroups) {
      draft.cgroupsPath(cgroupsPath()).resources(resources());
    }
    spec.userMapping().ifPresent(m -> draft.idMappings(m.uids(), m.gids()));
    if (spec.mounts().stream().anyMatch(OciSpecs::isShared)) {
      draft.rootfsPropagation("shared");
    }
    return draft.build();
  }

  private Map<String, String> sysctls() {
    var sysctls = new LinkedHashMap<>(facts.sysctls);
    sysctls.putAll(spec.limits().sysctls());
    return sysctls;
  }

  private Resources resources() {
    var asked = spec.limits().resources();
    return Resources.of(
        facts.deviceRules,
        DockerDefaults.withSwap(asked.memory(), facts.limitsSwap),
        asked.cpu(),
        asked.pids(),
        asked.blockIO());
  }
}
