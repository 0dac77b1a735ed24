package jontainers.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Fail a test that leaves an open file, a mount, a link, a cgroup or a child process behind, or
/// that takes a mount away.
public final class LeakCheck implements BeforeEachCallback, AfterEachCallback {
  /// For JUnit.
  public LeakCheck() {}

  private static final ExtensionContext.Namespace STORE =
      ExtensionContext.Namespace.create(LeakCheck.class);

  @Override
  public void beforeEach(ExtensionContext context) throws IOException {
    context.getStore(STORE).put("before", Snapshot.take());
  }

  @Override
  public void afterEach(ExtensionContext context) throws IOException {
    var before = Objects.requireNonNull(context.getStore(STORE).get("before", Snapshot.class));
    var after = Snapshot.take();
    var left = before.newIn(after);
    if (!left.isEmpty()) {
      throw new AssertionError("left behind: " + String.join("; ", left));
    }
    var taken = after.only("mount").newIn(before.only("mount"));
    if (!taken.isEmpty()) {
      throw new AssertionError("taken away: " + String.join("; ", taken));
    }
  }

  /// What a process can leave on a machine, each kind as counted names.
  record Snapshot(Map<String, Map<String, Integer>> kinds) {
    static Snapshot take() throws IOException {
      return new Snapshot(
          Map.of(
              "fd", count(descriptors()),
              "mount", count(mounts()),
              "link", count(Links.names()),
              "cgroup", count(cgroups()),
              "child", count(children())));
    }

    Snapshot only(String kind) {
      return new Snapshot(Map.of(kind, Objects.requireNonNull(kinds.get(kind))));
    }

    List<String> newIn(Snapshot after) {
      var left = new ArrayList<String>();
      after.kinds.forEach((kind, names) ->
          names.forEach((name, count) -> {
            int before = kinds.getOrDefault(kind, Map.of()).getOrDefault(name, 0);
            if (count > before) {
              left.add(kind + " " + name + (count - before > 1 ? " ×" + (count - before) : ""));
            }
          }));
      return left;
    }

    private static Map<String, Integer> count(List<String> names) {
      return names.stream().collect(Collectors.toMap(n -> n, n -> 1, Integer::sum, TreeMap::new));
    }

    /// Files of the JVM itself (jars, the random device) come and go with class loading.
    private static List<String> descriptors() throws IOException {
      var targets = new ArrayList<String>();
      for (String fd : names(Path.of("/proc/self/fd"))) {
        try {
          String target = Files.readSymbolicLink(Path.of("/proc/self/fd", fd)).toString();
          if (!target.endsWith(".jar")
              && !target.endsWith("/modules")
              && !target.startsWith("/dev/")
              && !target.startsWith("/proc/")
              && !target.contains("/surefire")) {
            targets.add(target.replaceAll(":\\[\\d+]", ""));
          }
        } catch (NoSuchFileException e) {
          // closed or ended since the directory was read
        }
      }
      return targets;
    }

    private static List<String> mounts() throws IOException {
      return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
          .map(line -> line.split(" ")[4])
          .toList();
    }

    private static List<String> cgroups() throws IOException {
      var root = Path.of("/sys/fs/cgroup");
      if (!Files.isDirectory(root)) {
        return List.of();
      }
      var found = new ArrayList<String>();
      for (String hierarchy : names(root)) {
        for (var top :
            List.of(root.resolve("jontainers"), root.resolve(hierarchy).resolve("jontainers"))) {
          for (String name : names(top)) {
            if (Files.isDirectory(top.resolve(name))) {
              found.add(top.resolve(name).toString());
            }
          }
        }
      }
      return found;
    }

    private static List<String> children() throws IOException {
      var found = new ArrayList<String>();
      for (String task : names(Path.of("/proc/self/task"))) {
        try {
          String text = Files.readString(Path.of("/proc/self/task", task, "children")).strip();
          for (String pid : text.isEmpty() ? new String[0] : text.split(" ")) {
            found.add("pid " + pid);
          }
        } catch (NoSuchFileException e) {
          // closed or ended since the directory was read
        }
      }
      return found;
    }

    private static List<String> names(Path directory) throws IOException {
      if (!Files.isDirectory(directory)) {
        return List.of();
      }
      try (var list = Files.list(directory)) {
        return list.map(p -> p.getFileName().toString()).sorted().toList();
      }
    }
  }
}
