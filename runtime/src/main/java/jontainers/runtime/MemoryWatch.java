package jontainers.runtime;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import jontainers.linux.Errno;
import jontainers.linux.Fd;
import jontainers.linux.Notification;
import jontainers.linux.Poll;
import jontainers.linux.RawText;
import jontainers.linux.SyscallException;

/// Hear when the kernel kills a process of a container for want of memory: memory.rst of cgroup-v1,
/// "OOM Control", and `memory.events` of cgroup-v2.rst.
///
/// Version 1 counts each in an eventfd, and adds one more some time after the cgroup is removed. Of
/// version 2 the file is read again whenever it changes. Confined to one thread.
public final class MemoryWatch implements AutoCloseable {
  private static final int BUFFER = 4096;

  /// How long the kernel may take to tell of a removal.
  private static final Duration REMOVAL = Duration.ofSeconds(1);

  private final Path cgroup;
  private final Fd changes;
  private final boolean first;
  private final byte[] buffer = new byte[BUFFER];
  private long seen;

  private MemoryWatch(Path cgroup, Fd changes, boolean first) {
    this.cgroup = cgroup;
    this.changes = changes;
    this.first = first;
  }

  /// Begin to listen; empty where no cgroup counts memory.
  static Optional<MemoryWatch> open(List<String> cgroups) throws IOException {
    for (String directory : cgroups) {
      var cgroup = RawText.path(directory);
      if (Files.exists(cgroup.resolve("memory.oom_control"))) {
        return Optional.of(new MemoryWatch(cgroup, register(cgroup), true));
      }
      if (Files.exists(cgroup.resolve("memory.events"))) {
        var watch =
            new MemoryWatch(cgroup, Notification.ofChanges(cgroup.resolve("memory.events")), false);
        watch.seen = watch.kills();
        return Optional.of(watch);
      }
    }
    return Optional.empty();
  }

  private static Fd register(Path cgroup) throws IOException {
    var counter = Notification.counter("kills for want of memory");
    try (var control = Fd.open(cgroup.resolve("memory.oom_control"), Fd.O_RDONLY)) {
      Files.writeString(
          cgroup.resolve("cgroup.event_control"),
          counter.number() + " " + control.number(),
          StandardOpenOption.WRITE);
      return counter;
    } catch (IOException e) {
      counter.close();
      throw e;
    }
  }

  /// Return what becomes readable, lent.
  public Fd changes() {
    return changes;
  }

  /// Return how often it has happened since this was asked the last time.
  public long take() throws IOException {
    long counted = counted();
    if (first) {
      if (counted == 0 || Files.exists(cgroup)) {
        return counted;
      }
      // One of all is the removal: the one that comes last, or one of those that were counted.
      boolean last = !Poll.readable(List.of(changes), REMOVAL).isEmpty();
      return last ? counted + counted() - 1 : counted - 1;
    }
    long kills = Math.max(seen, kills());
    long since = kills - seen;
    seen = kills;
    return since;
  }

  private long counted() throws IOException {
    try {
      int count = changes.read(buffer, 0, buffer.length);
      return first && count == Long.BYTES
          ? ByteBuffer.wrap(buffer).order(ByteOrder.nativeOrder()).getLong()
          : 0;
    } catch (SyscallException e) {
      if (e.errno() != Errno.EAGAIN) {
        throw e;
      }
      return 0;
    }
  }

  private long kills() throws IOException {
    return ContainerStats.read(List.of(RawText.of(cgroup))).memory().oomKills();
  }

  @Override
  public void close() {
    changes.close();
  }
}
