package jontainers.conformance;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Containers of a user who is not root and has one id: that of root in the container.
///
/// A part of the cgroups may be the user's, too, as systemd's `Delegate=yes` makes one: a directory
/// with a leaf for the user's own processes, since one with processes has no controllers to give.
final class Rootless {
  static final String USER = "4321";

  /// With those hierarchies that systemd has beside the controllers.
  private static final List<String> VERSION1 =
      List.of(
          "cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "systemd",
          "unified");

  private final Containers containers;
  private final List<Path> delegated = new ArrayList<>();

  private Rootless(Containers containers) {
    this.containers = containers;
  }

  /// Give the directory of a test to the user.
  static Rootless of(Containers containers) throws IOException {
    var rootless = new Rootless(containers);
    Files.createDirectories(containers.directory().resolve("state"));
    own(containers.directory());
    var seen = Command.of(rootless.as("test", "-r", Checkout.path("dist/launch").toString())).run();
    assumeTrue(seen.code() == 0, "the checkout cannot be read by others");
    return rootless;
  }

  /// Delegate a cgroup to the user, in the hierarchy of each controller.
  Rootless delegate() throws IOException {
    containers.last(this::removeCgroups);
    for (String controller : Cgroups.version2() ? List.of("memory", "pids") : VERSION1) {
      if (!Files.isDirectory(Cgroups.hierarchy(controller))) {
        continue;
      }
      var cgroup = Cgroups.make(controller, name());
      if (!delegated.contains(cgroup)) {
        delegated.add(cgroup);
      }
    }
    for (var cgroup : delegated) {
      processors(cgroup);
      processors(Files.createDirectory(cgroup.resolve("user")));
      own(cgroup);
    }
    return this;
  }

  /// A new cpuset of version 1 is empty.
  private static void processors(Path cgroup) throws IOException {
    for (String file : List.of("cpuset.cpus", "cpuset.mems")) {
      if (!Cgroups.version2() && Files.exists(cgroup.resolve(file))) {
        String above = Files.readString(cgroup.resolveSibling(file));
        Files.writeString(cgroup.resolve(file), above.strip() + "\n");
      }
    }
  }

  /// Return the name of the cgroup that is delegated.
  String name() {
    return "delegated-" + containers.directory().getFileName();
  }

  /// Return the words that run a command as the user, in a cgroup of the user's if there is one.
  private List<String> as(String... words) {
    var script = new StringBuilder();
    for (var cgroup : delegated) {
      script.append("echo $$ >").append(cgroup).append("/user/cgroup.procs; ");
    }
    var all = new ArrayList<>(List.of("sh", "-c", script + "exec \"$@\"", "sh"));
    all.addAll(List.of("setpriv", "--reuid", USER, "--regid", USER, "--clear-groups"));
    all.addAll(List.of("env", "HOME=" + containers.directory()));
    all.add("XDG_RUNTIME_DIR=" + containers.directory());
    all.addAll(List.of(words));
    return all;
  }

  /// Return a container as `spec --rootless` describes it.
  Container container() {
    var mapping =
        List.of(Json.object("containerID", 0, "hostID", Integer.parseInt(USER), "size", 1));
    var container = containers.another();
    own(container.bundle());
    container.config().objects("mounts").removeIf(m -> "/sys".equals(m.get("destination")));
    return container
        .runBy(as())
        .mountOptions("/dev/pts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620")
        .bind(Path.of("/sys"), "/sys", "rbind", "nosuid", "noexec", "nodev", "ro")
        .remove("linux.cgroupsPath")
        .remove("linux.resources")
        .add("linux.namespaces", Json.object("type", "user"))
        .set("linux.uidMappings", mapping)
        .set("linux.gidMappings", mapping);
  }

  private void removeCgroups() {
    for (var cgroup : delegated) {
      Command.of("find", cgroup.toString(), "-depth", "-type", "d", "-exec", "rmdir", "{}", "+")
          .run()
          .succeeded();
    }
  }

  private static void own(Path directory) {
    Command.of("chown", "-hR", USER + ":" + USER, directory.toString()).run().succeeded();
    Command.of("chmod", "755", directory.toString()).run().succeeded();
  }
}
