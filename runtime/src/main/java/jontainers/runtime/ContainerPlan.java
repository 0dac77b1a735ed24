package jontainers.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jontainers.linux.Fd;
import jontainers.linux.IdMaps;
import jontainers.linux.SyscallException;
import jontainers.oci.Device;
import jontainers.oci.Namespace;
import jontainers.runtime.step.NamespaceStep;
import jontainers.runtime.step.Step;

/// The steps that make a container, in their order: a pure function of its specification and the
/// host.
///
/// The order is the security of it:
/// 1. The agent drops the JVM's descriptors and makes the child in new namespaces.
/// 2. The child enters its cgroups while it still sees them, then hides those above.
/// 3. Trees of the host that it shall see are opened before the root changes; proc and sysfs are
///    made then, too: in a user namespace the kernel allows that only to those who see a full one.
/// 4. The root changes and the host's is let go at once, before any path of the container is looked
///    up: as long as it is mounted over the new one, a link to `/..` leads to it.
/// 5. Everything is attached, then paths are masked and made read-only.
/// 6. Capabilities go last but for the system call filter: see [IdentityPlan].
///
/// With a user namespace the first half of this is the agent's: see [AgentPlan].
///
/// @param agent the agent's steps before the clone
/// @param cloning the making of the child
/// @param child the child's steps
/// @param joined the namespaces to join, whose descriptors are passed in this order; a user
///   namespace without a path is made for it
/// @param maps the ids of that user namespace
/// @param mounted the ids that mounts of their own are shown with; a user namespace is made for
///   each, whose descriptors are passed last
/// @param passed how many other descriptors come before those
/// @param cgroup the cgroups to make before
record ContainerPlan(
    List<Step> agent,
    NamespaceStep.CloneProcess cloning,
    List<Step> child,
    List<Namespace> joined,
    Optional<IdMaps> maps,
    List<IdMaps> mounted,
    int passed,
    Cgroup cgroup) {

  /// What has to be looked up in the host's files.
  interface Files {
    boolean isDirectory(String path);

    /// Find where the links of a path inside a root lead to.
    DanglingLinks.End followed(String root, String path) throws StartException;

    /// Find the host's node of a device.
    Optional<String> node(Device device);

    /// Find the mounts of whole procfs and sysfs that are not below a directory, the innermost
    /// first.
    List<String> kernelMounts(String outside) throws StartException;

    /// Tell what a standard stream of the caller is.
    StreamKind kind(Fd stream) throws SyscallException;
  }

  /// Decide on the steps.
  ///
  /// @param callerTerminal whether the caller's terminal is passed first
  static ContainerPlan of(Launch launch, Host host, boolean callerTerminal, Files files)
      throws StartException {
    return new ContainerPlanning(launch, host, callerTerminal, files).decide();
  }

  /// Return all steps in order, for those who print them.
  List<Step> steps() {
    var all = new ArrayList<>(agent);
    all.add(cloning);
    all.addAll(child);
    return List.copyOf(all);
  }
}
