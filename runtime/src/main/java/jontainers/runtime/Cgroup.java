package jontainers.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import jontainers.linux.DeviceFilter;
import jontainers.linux.RawText;
import jontainers.oci.DeviceRule;
import jontainers.oci.Resources;
import org.jspecify.annotations.Nullable;

/// The cgroups of one container: a directory in each hierarchy it needs.
///
/// Of version 1 those hierarchies are used whose controllers limit something, `devices` among them;
/// where no hierarchy of version 1 has a controller, that of version 2 is always used.
///
/// @param directories where the container's processes go
/// @param devices the device rules, in order
/// @param settings the limits, in the order of their writing
record Cgroup(
    List<Directory> directories, List<DeviceRule> devices, List<CgroupSettings.Setting> settings) {

  /// One directory.
  ///
  /// @param hierarchy where it lies
  /// @param path the whole path
  /// @param controllers what is used of its controllers
  record Directory(CgroupHierarchy hierarchy, Path path, Set<String> controllers) {
    Directory {
      controllers = Set.copyOf(controllers);
    }

    /// Return the file into which a process of one thread writes 0 to enter.
    ///
    /// With version 1 it is `tasks`: a thread that moves itself alone need not stop all forks of
    /// the machine, as `cgroup.procs` does, which waits for an RCU grace period of milliseconds.
    String ownTasks() {
      return RawText.of(path.resolve(hierarchy.version() == 1 ? "tasks" : "cgroup.procs"));
    }
  }

  /// The name of the step that enters them.
  static final String WALL = "join-cgroups";

  /// A container without cgroups of its own.
  static final Cgroup NONE = new Cgroup(List.of(), List.of(), List.of());

  static final Resources NOTHING = Resources.of(List.of(), null, null, null, null);

  Cgroup {
    directories = List.copyOf(directories);
    devices = List.copyOf(devices);
    settings = List.copyOf(settings);
  }

  /// Decide which directories a container needs; pure.
  ///
  /// @param cgroupsPath relative to each hierarchy's root, with or without a leading slash
  /// @throws StartException where a limit has no controller
  static Cgroup of(Host host, String cgroupsPath, @Nullable Resources resources)
      throws StartException {
    boolean first = host.cgroups().stream().anyMatch(CgroupHierarchy::hasDevicesController);
    return of(
        host,
        hierarchy -> hierarchy.below(cgroupsPath),
        hierarchy -> first ? hierarchy.hasDevicesController() : hierarchy.version() == 2,
        resources == null ? NOTHING : resources);
  }

  /// Decide on a directory in every hierarchy, as those expect who count or limit a container from
  /// outside; pure.
  ///
  /// @param cgroupsPath as in config-linux.md
  /// @throws StartException where a limit has no controller
  static Cgroup everywhere(Host host, String cgroupsPath, @Nullable Resources resources)
      throws StartException {
    return of(
        host,
        hierarchy -> hierarchy.place(cgroupsPath),
        _ -> true, // of a hybrid that of version 2, too, though it limits nothing
        filtered(
            host,
            CgroupUpdate.meant(Devices.allowDefaults(resources == null ? NOTHING : resources))));
  }

  /// Rules of version 1 and the program of version 2 are for root of the machine to write and to
  /// load; nobody else makes devices.
  private static Resources filtered(Host host, Resources resources) {
    return host.filtersDevices() ? resources : resources.withDevices(List.of());
  }

  private static Cgroup of(
      Host host,
      Function<CgroupHierarchy, Path> place,
      Predicate<CgroupHierarchy> always,
      Resources resources)
      throws StartException {
    var limits = CgroupSettings.of(host, place, resources);
    var used = new LinkedHashMap<CgroupHierarchy, Set<String>>();
    for (var hierarchy : host.cgroups()) {
      if (always.test(hierarchy)) {
        used.put(hierarchy, Set.of());
      }
    }
    limits.used().forEach(used::put);
    var directories = new ArrayList<Directory>();
    used.forEach((hierarchy, controllers) ->
        directories.add(new Directory(hierarchy, place.apply(hierarchy), controllers)));
    return new Cgroup(directories, resources.devices(), limits.settings());
  }

  /// Check that no other processes are in the directories, and that they are not frozen: such
  /// cgroups belong to another container.
  void requireFree() throws IOException, StartException {
    var paths = directories.stream().map(directory -> RawText.of(directory.path())).toList();
    for (var directory : directories) {
      var procs = directory.path().resolve("cgroup.procs");
      if (Files.exists(procs)) {
        long count = Files.readAllLines(procs).size();
        if (count > 0) {
          throw new StartException(
              "container's cgroup is not empty: "
                  + count
                  + " process(es) found in "
                  + RawText.of(directory.path()),
              "use another cgroupsPath");
        }
      }
    }
    var freezer = Freezer.of(paths);
    if (freezer.isPresent() && freezer.get().isFrozen()) {
      throw new StartException("container's cgroup unexpectedly frozen", "");
    }
  }

  /// Return the directory where there is one alone, of version 2.
  Optional<Path> ofVersion2Alone() {
    return directories.size() == 1 && directories.getFirst().hierarchy().version() == 2
        ? Optional.of(directories.getFirst().path())
        : Optional.empty();
  }

  /// Let the directories of version 2 have all controllers that there are, so that limits can be
  /// added later; those that the kernel does not hand down are left out.
  void offerControllers() throws IOException {
    for (var directory : directories) {
      if (directory.hierarchy().version() == 2) {
        for (String controller : directory.hierarchy().controllersFor(directory.path())) {
          try {
            enable(new Directory(directory.hierarchy(), directory.path(), Set.of(controller)));
          } catch (StartException e) {
            // nothing that was asked for needs it
          } catch (IOException e) {
            if (!isSpare(directory)) {
              throw e;
            }
          }
        }
      }
    }
  }

  /// Whether a container does without a directory: that of version 2 beside those of version 1
  /// limits nothing, and cannot always be made or entered.
  private boolean isSpare(Directory directory) {
    return directory.hierarchy().version() == 2
        && directory.controllers().isEmpty()
        && directories.stream()
            .anyMatch(d -> d.hierarchy().version() == 1 && !d.hierarchy().controllers().isEmpty());
  }

  /// Return the files into which a process writes 0 to enter those directories that are needed, or
  /// the others.
  List<String> tasks(boolean spare) {
    return directories.stream()
        .filter(directory -> isSpare(directory) == spare)
        .map(Directory::ownTasks)
        .toList();
  }

  /// Make the directories and write the limits.
  ///
  /// @throws StartException where the kernel refuses a limit
  void create() throws IOException, StartException {
    boolean first = directories.stream().anyMatch(d -> d.hierarchy().hasDevicesController());
    for (var directory : directories) {
      try {
        make(directory);
      } catch (IOException e) {
        if (!isSpare(directory)) {
          throw e;
        }
      }
      if (directory.hierarchy().hasDevicesController()) {
        for (var rule : devices) {
          write(directory.path().resolve(rule.allow() ? "devices.allow" : "devices.deny"), rule);
        }
      }
      if (!first && directory.hierarchy().version() == 2 && !devices.isEmpty()) {
        new DeviceFilter(devices.stream().map(Cgroup::filterRule).toList())
            .attach(directory.path());
      }
    }
    for (var setting : settings) {
      write(setting);
    }
  }

  /// Remove the directories; what is gone already is no error.
  ///
  /// Every process of the container has been waited for, or killed with its pid namespace.
  void remove() throws IOException {
    for (var directory : directories) {
      CgroupRemoval.remove(directory.path());
    }
  }

  /// Return how many processes the kernel has killed for want of memory; 0 where memory is not
  /// limited.
  long outOfMemoryKills() throws IOException {
    for (var directory : directories) {
      if (directory.controllers().contains("memory")) {
        var file =
            directory
                .path()
                .resolve(
                    directory.hierarchy().version() == 2 ? "memory.events" : "memory.oom_control");
        return count(file);
      }
    }
    return 0;
  }

  private static long count(Path file) throws IOException {
    for (String line : Files.readAllLines(file)) {
      if (line.startsWith("oom_kill ")) {
        return Long.parseLong(line.substring(9).strip());
      }
    }
    return 0;
  }

  private static void make(Directory directory) throws IOException, StartException {
    if (directory.hierarchy().version() == 2 && !directory.controllers().isEmpty()) {
      enable(directory);
    }
    Files.createDirectories(directory.path());
    if (directory.hierarchy().version() == 1
        && directory.hierarchy().controllers().contains("cpuset")) {
      var root = directory.hierarchy().mountPoint();
      var below = root.relativize(directory.path());
      for (int depth = 1; depth <= below.getNameCount(); depth++) {
        inherit(root.resolve(below.subpath(0, depth)));
      }
    }
  }

  /// Enable the controllers from the root down to the parent: cgroup-v2.rst, "Enabling and
  /// Disabling". Where a cgroup was delegated it is the root.
  private static void enable(Directory directory) throws IOException, StartException {
    var parent = directory.hierarchy().topOf(directory.path());
    var wanted = new TreeSet<>(directory.controllers());
    for (var name : parent.relativize(directory.path())) {
      var missing = new TreeSet<>(wanted);
      missing.removeAll(
          Set.of(Files.readString(parent.resolve("cgroup.subtree_control")).strip().split(" ")));
      if (!missing.isEmpty()) {
        if (!directory.hierarchy().base().isEmpty() && parent.equals(directory.hierarchy().top())) {
          CgroupDelegation.vacate(parent);
        }
        enable(parent, missing);
      }
      parent = parent.resolve(name);
      Files.createDirectories(parent);
    }
  }

  private static void enable(Path parent, Set<String> controllers) throws StartException {
    try {
      Files.writeString(
          parent.resolve("cgroup.subtree_control"),
          "+" + String.join(" +", controllers),
          StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new StartException(
          StartException.Kind.ENGINE,
          "cannot enable "
              + String.join(", ", controllers)
              + " in cgroup "
              + parent
              + ": "
              + reason(e),
          "processes in that very cgroup forbid it (cgroups(7)); move them into one below",
          e);
    }
  }

  /// A new cpuset of version 1 is empty and takes no process.
  private static void inherit(Path cpuset) throws IOException {
    for (String file : List.of("cpuset.cpus", "cpuset.mems")) {
      if (Files.readString(cpuset.resolve(file)).isBlank()) {
        Files.writeString(
            cpuset.resolve(file),
            Files.readString(cpuset.resolveSibling(file)),
            StandardOpenOption.WRITE);
      }
    }
  }

  static void write(CgroupSettings.Setting setting) throws StartException {
    for (String name : setting.files()) {
      try {
        Files.writeString(
            setting.directory().resolve(name), setting.value(), StandardOpenOption.WRITE);
        return;
      } catch (NoSuchFileException e) {
        // the next one
      } catch (IOException e) {
        throw new StartException(
            StartException.Kind.ENGINE,
            "cannot set " + name + " to " + setting.value() + ": " + reason(e),
            hint(name),
            e);
      }
    }
    throw new StartException(
        "this kernel cannot limit " + setting.files().getFirst(), hint(setting.files().getFirst()));
  }

  private static String hint(String file) {
    return switch (file) {
      case "cpuset.cpus" -> "the machine's processors are in /sys/devices/system/cpu/online";
      case "cpuset.mems" -> "the machine's memory nodes are in /sys/devices/system/node/online";
      case "memory.memsw.limit_in_bytes", "memory.swap.max" ->
          "the kernel needs CONFIG_SWAP, and swapaccount=1 on its command line";
      case "blkio.weight", "io.bfq.weight" -> "the kernel needs the I/O scheduler BFQ";
      default -> "";
    };
  }

  private static String reason(IOException e) {
    return e instanceof java.nio.file.FileSystemException file && file.getReason() != null
        ? file.getReason()
        : String.valueOf(e.getMessage());
  }

  /// `c 1:3 rwm`, `a` for all: Documentation/admin-guide/cgroup-v1/devices.rst.
  static void write(Path file, DeviceRule rule) throws IOException {
    String type = rule.type() == null ? "a" : rule.type().toLowerCase(Locale.ROOT);
    String line =
        type.equals("a")
            ? "a"
            : type + " " + number(rule.major()) + ":" + number(rule.minor()) + " " + rule.access();
    Files.writeString(file, line, StandardOpenOption.WRITE);
  }

  static DeviceFilter.Rule filterRule(DeviceRule rule) {
    int access = 0;
    String asked = rule.access() == null ? "rwm" : rule.access();
    access |= asked.indexOf('m') >= 0 ? DeviceFilter.Rule.MKNOD : 0;
    access |= asked.indexOf('r') >= 0 ? DeviceFilter.Rule.READ : 0;
    access |= asked.indexOf('w') >= 0 ? DeviceFilter.Rule.WRITE : 0;
    return new DeviceFilter.Rule(
        rule.allow() ? DeviceFilter.Verdict.ALLOW : DeviceFilter.Verdict.DENY,
        switch (rule.type() == null ? "a" : rule.type()) {
          case "c" -> DeviceFilter.Type.CHARACTER;
          case "b" -> DeviceFilter.Type.BLOCK;
          default -> DeviceFilter.Type.ANY;
        },
        rule.major() == null ? -1 : rule.major(),
        rule.minor() == null ? -1 : rule.minor(),
        access);
  }

  private static String number(@Nullable Long value) {
    return value == null || value < 0 ? "*" : Long.toString(value);
  }
}
