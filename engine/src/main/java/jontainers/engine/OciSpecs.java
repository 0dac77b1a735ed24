package jontainers.engine;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jontainers.oci.Capabilities;
import jontainers.oci.ConsoleSize;
import jontainers.oci.Linux;
import jontainers.oci.Mount;
import jontainers.oci.Namespace;
import jontainers.oci.Process;
import jontainers.oci.Resources;
import jontainers.oci.Rlimit;
import jontainers.oci.Root;
import jontainers.oci.Seccomp;
import jontainers.oci.Spec;

/// From a request in Docker's words to an OCI specification: a pure function.
///
/// @param spec the request
/// @param id the container's id
/// @param hostname its host name
/// @param identity its user, looked up in the image
/// @param rootfs where its root filesystem is mounted
/// @param files what is shown over the image's own files
/// @param netns the path of its network namespace; absent for the host's
/// @param seccomp its profile
/// @param openFiles its limit of open files
/// @param maskedPaths what of the kernel it does not see
/// @param size its terminal's size
record OciSpecs(
    ContainerSpec spec,
    String id,
    String hostname,
    ContainerIdentity identity,
    Path rootfs,
    List<HostFile> files,
    Optional<Path> netns,
    Seccomp seccomp,
    Rlimit openFiles,
    List<String> maskedPaths,
    Optional<ConsoleSize> size) {

  /// A file of the host that the container sees in the place of the image's.
  record HostFile(Path source, String destination) {}

  /// The path of a container's cgroups below each hierarchy's root.
  static String cgroupsPath(String id) {
    return "/jontainers/" + id;
  }

  Spec toSpec() {
    return Spec.of(
        process(), new Root(rootfs.toString(), spec.readOnly()), hostname, mounts(), linux());
  }

  private Process process() {
    var draft =
        Process.draft(spec.command())
            .user(identity.user())
            .env(environment())
            .cwd(spec.workingDirectory())
            .capabilities(Capabilities.of(DockerDefaults.CAPABILITIES))
            .rlimits(List.of(openFiles));
    if (spec.terminal()) {
      draft.terminal(size.orElse(null));
    }
    return draft.build();
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

  private static void put(Map<String, String> variables, String variable) {
    variables.put(variable.substring(0, variable.indexOf('=')), variable);
  }

  private List<Mount> mounts() {
    var mounts = new ArrayList<>(DockerDefaults.MOUNTS);
    for (var file : files) {
      mounts.add(
          new Mount(
              file.destination(), "bind", file.source().toString(), List.of("rbind", "rprivate")));
    }
    return mounts;
  }

  private Linux linux() {
    var namespaces = new ArrayList<Namespace>();
    for (String kind : List.of("mount", "uts", "ipc", "pid", "cgroup", "time")) {
      namespaces.add(Namespace.of(kind));
    }
    netns.ifPresent(path -> namespaces.add(new Namespace("network", path.toString())));
    return Linux.draft(namespaces)
        .devices(DockerDefaults.DEVICES)
        .cgroupsPath(cgroupsPath(id))
        .resources(Resources.of(DockerDefaults.DEVICE_RULES, null, null, null, null))
        .seccomp(seccomp)
        .maskedPaths(maskedPaths)
        .readonlyPaths(DockerDefaults.READONLY_PATHS)
        .build();
  }
}
