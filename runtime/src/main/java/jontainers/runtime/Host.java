package jontainers.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import jontainers.linux.Arch;
import jontainers.linux.Capability;
import jontainers.linux.IdRange;
import jontainers.linux.RawText;
import jontainers.runtime.step.NamespaceKind;
import jontainers.runtime.step.ProcessStep;

/// The facts of a machine that decide how a container is made on it.
///
/// @param arch the processor architecture
/// @param lastCapability the highest capability number of the kernel
/// @param permittedCapabilities what this process may give away, a bit for each
/// @param namespaces the kinds of namespaces the kernel has
/// @param cgroups the mounted cgroup hierarchies
/// @param users the user namespace of this process
public record Host(
    Arch arch,
    int lastCapability,
    long permittedCapabilities,
    Set<NamespaceKind> namespaces,
    List<CgroupHierarchy> cgroups,
    Users users) {
  /// The user namespace of this process.
  ///
  /// @param nested whether it is not the machine's own; nobody in it makes devices
  /// @param setsGroups whether setgroups(2) is allowed in it
  /// @param groups its groups
  public record Users(boolean nested, boolean setsGroups, List<IdRange> groups) {
    /// The namespace of the machine itself.
    public static final Users MACHINE =
        new Users(false, true, List.of(new IdRange(0, 0, 0xffffffffL)));

    public Users {
      groups = List.copyOf(groups);
    }

    static Users probe() throws IOException {
      if (Files.readAllLines(Path.of("/proc/self/uid_map")).equals(List.of(WHOLE_MAP))) {
        return MACHINE;
      }
      var groups = new ArrayList<IdRange>();
      for (String line : Files.readAllLines(Path.of("/proc/self/gid_map"))) {
        String[] numbers = line.strip().split(" +");
        groups.add(
            new IdRange(
                Long.parseLong(numbers[0]),
                Long.parseLong(numbers[1]),
                Long.parseLong(numbers[2])));
      }
      return new Users(
          true,
          Files.readAllLines(Path.of("/proc/self/setgroups")).equals(List.of("allow")),
          groups);
    }

    /// Tell whether there is such a group.
    public boolean hasGroup(long id) {
      return IdRange.outside(groups, id) >= 0;
    }
  }

  /// What the kernel shows of the first user namespace: user_namespaces(7).
  private static final String WHOLE_MAP = "         0          0 4294967295";

  public Host {
    namespaces = Set.copyOf(namespaces);
    cgroups = List.copyOf(cgroups);
  }

  /// Read the facts of this machine from /proc.
  public static Host probe() throws IOException {
    long permitted = 0;
    for (String line : RawText.read(Path.of("/proc/self/status")).lines().toList()) {
      if (line.startsWith("CapPrm:")) {
        permitted = Long.parseUnsignedLong(line.substring(7).strip(), 16);
      }
    }
    var namespaces = EnumSet.noneOf(NamespaceKind.class);
    for (var kind : NamespaceKind.values()) {
      if (Files.exists(Path.of("/proc/self/ns", kind.procName()))) {
        namespaces.add(kind);
      }
    }
    var users = Users.probe();
    return new Host(
        Arch.current(),
        Capability.last(),
        permitted,
        namespaces,
        CgroupHierarchy.parse(
            RawText.read(Path.of("/proc/self/mountinfo")).lines().toList(),
            RawText.read(Path.of("/proc/self/cgroup")).lines().toList(),
            Host::controllers,
            cgroup -> CgroupDelegation.holds(cgroup, users.nested())),
        users);
  }

  /// Return the same machine as root sees it, for a plan that is not carried out.
  public Host asRoot() {
    return new Host(arch, lastCapability, (2L << lastCapability) - 1, namespaces, cgroups, users);
  }

  /// Return the same machine with those hierarchies alone in which this process may make cgroups:
  /// whoever is not root has none unless some were delegated (cgroups(7)).
  Host withOwnCgroups() {
    return new Host(
        arch,
        lastCapability,
        permittedCapabilities,
        namespaces,
        cgroups.stream()
            .filter(hierarchy -> Files.isWritable(hierarchy.mountPoint().resolve(hierarchy.own())))
            .toList(),
        users);
  }

  /// Tell whether this process may decide which devices others open: by rules or by a program.
  boolean filtersDevices() {
    return !users.nested()
        && (permittedCapabilities & (1L << Capability.CAP_SYS_ADMIN.number())) != 0;
  }

  /// Return who may look into the processes that this one makes, until they are programs: itself
  /// always, to find out why one does not start.
  ProcessStep.SetDumpable.By tracedBy() {
    return (permittedCapabilities & (1L << Capability.CAP_SYS_PTRACE.number())) != 0
        ? ProcessStep.SetDumpable.By.RUNTIME
        : ProcessStep.SetDumpable.By.ITS_USER;
  }

  /// Tell whether swap can be limited here.
  ///
  /// Version 2 has no file of it in the root, so that any child is asked; without one it is taken
  /// for granted.
  public boolean limitsSwap() throws IOException {
    for (var hierarchy : cgroups) {
      if (hierarchy.controllers().contains("memory")) {
        if (hierarchy.version() == 1) {
          return Files.exists(hierarchy.mountPoint().resolve("memory.memsw.limit_in_bytes"));
        }
        try (var children =
            Files.newDirectoryStream(
                hierarchy.mountPoint(), p -> Files.exists(p.resolve("memory.current")))) {
          for (var child : children) {
            return Files.exists(child.resolve("memory.swap.max"));
          }
        }
        return true;
      }
    }
    return false;
  }

  private static Set<String> controllers(Path root) {
    try {
      String text = Files.readString(root.resolve("cgroup.controllers")).strip();
      return text.isEmpty() ? Set.of() : Set.of(text.split(" "));
    } catch (IOException e) {
      return Set.of(); // hidden from us, so that nothing can be limited there
    }
  }
}
