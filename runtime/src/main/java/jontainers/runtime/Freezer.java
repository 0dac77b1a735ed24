package jontainers.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import jontainers.linux.RawText;

/// Stop all processes of a cgroup at once, and let them go on: freezer-subsystem.rst for version 1,
/// `cgroup.freeze` of cgroup-v2.rst.
///
/// @param file what is written to
/// @param second whether it is of version 2
public record Freezer(Path file, boolean second) {
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  /// Find the freezer among a container's cgroups.
  public static Optional<Freezer> of(List<String> cgroups) {
    for (String directory : cgroups) {
      var first = RawText.path(directory).resolve("freezer.state");
      if (Files.exists(first)) {
        return Optional.of(new Freezer(first, false));
      }
    }
    for (String directory : cgroups) {
      var other = RawText.path(directory).resolve("cgroup.freeze");
      if (Files.exists(other)) {
        return Optional.of(new Freezer(other, true));
      }
    }
    return Optional.empty();
  }

  boolean isFrozen() throws IOException {
    var text = CgroupFile.text(file);
    return text.isPresent() && (second ? text.get().equals("1") : !text.get().equals("THAWED"));
  }

  /// Freeze; return when every process has stopped.
  public void freeze() throws IOException {
    write(second ? "1" : "FROZEN");
    var deadline = Instant.now().plus(DEADLINE);
    while (!hasStopped()) {
      if (Instant.now().isAfter(deadline)) {
        thaw();
        throw new IOException("the processes of " + file.getParent() + " do not stop");
      }
      if (!second) {
        write("FROZEN"); // a process that was forked meanwhile is missed: freezer-subsystem.rst
      }
    }
  }

  /// Let all go on.
  public void thaw() throws IOException {
    write(second ? "0" : "THAWED");
  }

  private boolean hasStopped() throws IOException {
    var text = CgroupFile.text(second ? file.resolveSibling("cgroup.events") : file);
    return text.isEmpty() || text.get().contains(second ? "frozen 1" : "FROZEN");
  }

  private void write(String value) throws IOException {
    Files.writeString(file, value, StandardOpenOption.WRITE);
  }
}
