package jontainers.runtime;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import jontainers.linux.RawText;
import jontainers.oci.Resources;
import jontainers.oci.Spec;
import jontainers.runtime.systemd.DBusException;
import jontainers.runtime.systemd.Property;
import jontainers.runtime.systemd.PropertyAnnotations;
import jontainers.runtime.systemd.Systemd;
import jontainers.runtime.systemd.UnitName;
import jontainers.runtime.systemd.Value;

/// The unit of systemd that a container is: a scope, whose cgroup systemd makes, gives away
/// (`Delegate=`) and moves the first process into. What is below it is the container's.
///
/// Used once, on one thread: it is prepared before anything is made, and started when the process
/// is there. The connection ends then.
final class ContainerUnit implements AutoCloseable {
  /// What a unit is named after whose configuration says nothing.
  private static final String PREFIX = "jontainers";

  private final Systemd systemd;
  private final UnitName name;
  private final String id;
  private final String cgroup;
  private final int version;
  private boolean taken;

  private ContainerUnit(Systemd systemd, UnitName name, String id) throws IOException {
    this.systemd = systemd;
    this.name = name;
    this.id = id;
    this.cgroup = systemd.controlGroup() + name.cgroup();
    this.version = systemd.version();
  }

  /// Decide on the unit of a container, and find out where its cgroup will be.
  ///
  /// @throws OciException for a `cgroupsPath` that names none, or one that is there
  /// @throws StartException where systemd cannot be reached
  static ContainerUnit prepare(Map<String, String> environment, CreateRequest request)
      throws IOException {
    if (!Systemd.isRunning()) {
      throw new OciException(
          "systemd not running on this host, cannot use systemd cgroups manager");
    }
    var responsible = ResponsibleSystemd.of(environment);
    var name = name(request, responsible.standardSlice());
    var systemd = responsible.connect();
    try {
      if (systemd.isActive(name.unit())) {
        throw new OciException(
            "cannot start the unit "
                + name.unit()
                + ": it is there already; use another cgroupsPath");
      }
      return new ContainerUnit(systemd, name, request.id());
    } catch (IOException | RuntimeException e) {
      systemd.close();
      throw e;
    }
  }

  private static UnitName name(CreateRequest request, String standardSlice) throws OciException {
    var linux = request.spec().linux();
    String path = linux == null || linux.cgroupsPath() == null ? "" : linux.cgroupsPath();
    UnitName name;
    try {
      name = UnitName.parse(path, standardSlice, PREFIX, request.id());
    } catch (IllegalArgumentException e) {
      throw new OciException(String.valueOf(e.getMessage()), e);
    }
    if (name.isSlice()) {
      throw new OciException(
          "\""
              + name.unit()
              + "\" is a slice, which holds units and no processes; give cgroupsPath another name");
    }
    return name;
  }

  /// Return the place of its cgroup in each hierarchy.
  String cgroup() {
    return cgroup;
  }

  String name() {
    return name.unit();
  }

  /// Tell whether somebody else's unit has the name, which is not ours to stop.
  boolean isTaken() {
    return taken;
  }

  /// Have systemd make the cgroups and move a process into them.
  ///
  /// @param pid its number in the pid namespace of this process, which the kernel translates
  void start(int pid, Spec spec, Host host) throws IOException {
    try {
      systemd.startTransient(name.unit(), properties(pid, spec, host));
    } catch (DBusException e) {
      taken = e.isOfSystemd("UnitExists");
      throw cannotStart(e);
    } catch (IOException e) {
      throw cannotStart(e);
    } finally {
      close();
    }
  }

  private StartException cannotStart(IOException e) {
    return new StartException(
        StartException.Kind.ENGINE,
        "cannot start the unit " + name.unit() + ": " + e.getMessage(),
        "",
        e);
  }

  private List<Property> properties(int pid, Spec spec, Host host) {
    var properties = new ArrayList<Property>();
    properties.add(new Property("Description", new Value.Text("jontainers container " + id)));
    properties.add(new Property("Slice", new Value.Text(name.slice())));
    properties.add(new Property("Delegate", new Value.Truth(true)));
    properties.add(new Property("PIDs", new Value.ListOf("u", List.of(new Value.Uint32(pid)))));
    boolean first = CgroupMounts.isFirstVersion(host);
    for (String counted : List.of("Memory", "CPU", first ? "BlockIO" : "IO", "Tasks")) {
      properties.add(new Property(counted + "Accounting", new Value.Truth(true)));
    }
    properties.add(new Property("DefaultDependencies", new Value.Truth(false)));
    var linux = spec.linux();
    var resources = linux == null ? null : linux.resources();
    properties.addAll(
        limits(
            Devices.allowDefaults(resources == null ? Cgroup.NOTHING : resources), host, version));
    properties.addAll(PropertyAnnotations.of(spec.annotations()));
    return properties;
  }

  private static List<Property> limits(Resources resources, Host host, int version) {
    var meant = CgroupUpdate.meant(resources);
    return CgroupMounts.isFirstVersion(host)
        ? UnitLimits.ofVersion1(meant, version)
        : UnitLimits.ofVersion2(meant, version);
  }

  /// Tell systemd of changed limits, so that it does not undo them.
  static void update(String unit, Map<String, String> environment, Resources resources, Host host)
      throws IOException {
    try (var systemd = ResponsibleSystemd.of(environment).connect()) {
      var properties = limits(resources, host, systemd.version());
      if (!properties.isEmpty()) {
        systemd.set(unit, properties);
      }
    }
  }

  /// Stop the unit of a container, end all processes in it, and remove what is left of its cgroups.
  ///
  /// Processes are killed first, since systemd would ask them and wait. When it does not answer,
  /// its part is told and left to it: it forgets a scope without processes by itself.
  ///
  /// @param record of a container with a unit or without one
  static void release(
      ContainerRecord record, Map<String, String> environment, Consumer<String> warnings)
      throws IOException {
    String unit = record.unit();
    if (unit != null) {
      for (String cgroup : record.cgroups()) {
        CgroupRemoval.empty(RawText.path(cgroup));
      }
      try (var systemd = ResponsibleSystemd.of(environment).connect()) {
        systemd.stop(unit);
      } catch (IOException e) {
        warnings.accept("cannot stop the unit " + unit + ": " + e.getMessage());
      }
    }
    for (String cgroup : record.cgroups()) {
      CgroupRemoval.remove(RawText.path(cgroup));
    }
  }

  @Override
  public void close() {
    systemd.close();
  }
}
