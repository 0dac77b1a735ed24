package jontainers.runtime;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import jontainers.linux.RawText;

/// A mounted cgroup hierarchy: cgroups(7).
///
/// @param version 1 or 2
/// @param mountPoint where its root is
/// @param controllers those bound to it (version 1) or available in the base (version 2)
/// @param own the cgroup of this process below the mount point; empty for the root
/// @param base the cgroup below which this process makes others; empty for the root
/// @param ofRoot the controllers of the root, of which a base further down may have fewer
public record CgroupHierarchy(
    int version,
    Path mountPoint,
    Set<String> controllers,
    String own,
    String base,
    Set<String> ofRoot) {
  /// Where processes go that were in the base itself: version 2 gives no controllers to the
  /// children of a cgroup that has processes.
  static final String LEAF = "jontainers-engine";

  private static final Set<String> NO_CONTROLLERS =
      Set.of("rw", "ro", "xattr", "noprefix", "clone_children", "cpuset_v2_mode");

  public CgroupHierarchy {
    controllers = Set.copyOf(controllers);
    ofRoot = Set.copyOf(ofRoot);
  }

  /// A hierarchy of which nothing was delegated to this process.
  public CgroupHierarchy(int version, Path mountPoint, Set<String> controllers, String own) {
    this(version, mountPoint, controllers, own, "", controllers);
  }

  /// A hierarchy in whose root this process is.
  public CgroupHierarchy(int version, Path mountPoint, Set<String> controllers) {
    this(version, mountPoint, controllers, "");
  }

  /// Hierarchies are told apart by their places. The method that a record is given is linked when
  /// it is first called, which costs a command milliseconds.
  @Override
  public int hashCode() {
    return mountPoint.hashCode();
  }

  /// Return the directory below which this process makes cgroups.
  public Path top() {
    return mountPoint.resolve(RawText.path(base));
  }

  /// Find the directory of a cgroup below [#top].
  Path below(String path) {
    return below(top(), path);
  }

  /// `..` leads no further up than to the directory, as that of a root does; otherwise something
  /// outside of the hierarchy would be made and deleted.
  private static Path below(Path directory, String path) {
    var root = Path.of("/");
    return directory
        .resolve(root.relativize(root.resolve(RawText.path(path)).normalize()))
        .normalize();
  }

  /// Return the controllers that a cgroup in some directory can have.
  Set<String> controllersFor(Path directory) {
    return directory.startsWith(top()) ? controllers : ofRoot;
  }

  /// Return the directory from which controllers are handed down to another one.
  Path topOf(Path directory) {
    return directory.startsWith(top()) ? top() : mountPoint;
  }

  /// Find the directory that `cgroupsPath` of config-linux.md means: absolute below the root, or
  /// relative to the cgroup of this process.
  ///
  /// In version 2 to that above it: a cgroup with processes has none below that limits anything. Of
  /// a cgroup that was delegated the processes can be moved, while that above it is not ours.
  Path place(String cgroupsPath) {
    if (cgroupsPath.startsWith("/")) {
      return below(mountPoint, cgroupsPath);
    }
    if (!base.isEmpty()) {
      return below(cgroupsPath);
    }
    var from = mountPoint.resolve(RawText.path(own)).normalize();
    if (version == 2 && !from.equals(mountPoint)) {
      from = Objects.requireNonNull(from.getParent());
    }
    return below(from, cgroupsPath);
  }

  /// Tell whether this is version 1's hierarchy for device rules.
  boolean hasDevicesController() {
    return version == 1 && controllers.contains("devices");
  }

  /// Find the hierarchies in the lines of /proc/PID/mountinfo (proc_pid_mountinfo(5)); each once.
  ///
  /// @param own the lines of /proc/PID/cgroup (cgroups(7))
  /// @param available the controllers that a cgroup of version 2 has
  /// @param delegated whether a cgroup of version 2 was given to this process
  static List<CgroupHierarchy> parse(
      List<String> mountinfo,
      List<String> own,
      Function<Path, Set<String>> available,
      Predicate<Path> delegated) {
    var found = new ArrayList<CgroupHierarchy>();
    var seen = new LinkedHashSet<String>();
    for (String line : mountinfo) {
      int separator = line.indexOf(" - ");
      if (separator < 0) {
        continue;
      }
      String[] head = line.substring(0, separator).split(" ");
      String[] tail = line.substring(separator + 3).split(" ");
      boolean second = tail[0].equals("cgroup2");
      if ((!second && !tail[0].equals("cgroup")) || !seen.add(head[2])) {
        continue;
      }
      var place = RawText.path(unescape(head[4]));
      String root = unescape(head[3]);
      found.add(
          second
              ? second(place, own(own, "", root), available, delegated)
              : new CgroupHierarchy(1, place, options(tail[2]), own(own, names(tail[2]), root)));
    }
    return List.copyOf(found);
  }

  private static CgroupHierarchy second(
      Path place, String own, Function<Path, Set<String>> available, Predicate<Path> delegated) {
    String base = base(place, own, delegated);
    return new CgroupHierarchy(
        2,
        place,
        available.apply(place.resolve(RawText.path(base))),
        own,
        base,
        available.apply(place));
  }

  /// Decide below which cgroup of version 2 this process makes others: its own where that was
  /// delegated, or the one above where a process has been moved out of that into the leaf; else the
  /// root.
  ///
  /// One higher up that was delegated is another's: that of `user@.service`, for instance, has the
  /// user's systemd as its only writer.
  private static String base(Path mountPoint, String own, Predicate<Path> delegated) {
    if (own.isEmpty()) {
      return "";
    }
    var cgroup = RawText.path(own);
    if (cgroup.endsWith(LEAF) && cgroup.getParent() != null) {
      cgroup = cgroup.getParent();
    }
    return delegated.test(mountPoint.resolve(cgroup)) ? RawText.of(cgroup) : "";
  }

  /// Find this process in a hierarchy: `ID:NAMES:PATH` of which the mount may show a part.
  private static String own(List<String> lines, String names, String root) {
    for (String line : lines) {
      String[] parts = line.split(":", 3);
      if (parts.length == 3 && parts[1].equals(names)) {
        String path = parts[2];
        if (!root.equals("/") && path.startsWith(root)) {
          path = path.substring(root.length());
        }
        return path.startsWith("/..") || path.length() < 2 ? "" : path.substring(1);
      }
    }
    return "";
  }

  /// Mount options and /proc/PID/cgroup name controllers in the same order.
  private static String names(String options) {
    var names = new ArrayList<String>();
    for (String option : options.split(",")) {
      if (option.startsWith("name=") || !NO_CONTROLLERS.contains(option)) {
        names.add(option);
      }
    }
    return String.join(",", names);
  }

  /// A named hierarchy (`name=systemd`) has no controller.
  private static Set<String> options(String options) {
    var controllers = new LinkedHashSet<String>();
    for (String option : options.split(",")) {
      if (!NO_CONTROLLERS.contains(option) && !option.contains("=")) {
        controllers.add(option);
      }
    }
    return controllers;
  }

  /// The kernel writes blanks, tabs, line ends and backslashes in octal.
  static String unescape(String path) {
    if (path.indexOf('\\') < 0) {
      return path;
    }
    return path.replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\");
  }
}
