package jontainers.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Processes whose parents have ended: this process becomes their parent, as containerd's shim and
/// conmon do, and learns their exit codes.
final class Orphans {
  private static final int PR_SET_CHILD_SUBREAPER = 36;
  private static final int WNOHANG = 1;

  /// Children that send no SIGCHLD, too: clone(2).
  private static final int WALL = 0x40000000;

  private static final long DEADLINE_SECONDS = Patience.ofSeconds(10).toSeconds();

  private static final MethodHandle PRCTL =
      function(
          "prctl",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG));
  private static final MethodHandle WAITPID =
      function(
          "waitpid",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_INT));

  private static final Map<Long, CompletableFuture<Integer>> WATCHED = new ConcurrentHashMap<>();

  private Orphans() {}

  @SuppressWarnings("restricted") // a JVM has no other way to these calls
  private static MethodHandle function(String name, FunctionDescriptor type) {
    var linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type);
  }

  /// Become the parent of every orphan below this process: PR_SET_CHILD_SUBREAPER of prctl(2).
  static void adopt() {
    try {
      int result = (int) PRCTL.invokeExact(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L);
      if (result != 0) {
        throw new AssertionError("prctl: " + result);
      }
    } catch (Throwable e) {
      throw new AssertionError("prctl", e);
    }
  }

  /// Reap what has been adopted as soon as it ends: the first process of a pid namespace does not
  /// end before the others have been reaped.
  static void watch() {
    for (long pid : children()) {
      WATCHED.computeIfAbsent(pid, Orphans::future);
    }
  }

  private static CompletableFuture<Integer> future(long pid) {
    return ProcessHandle.of(pid)
        .map(process -> process.onExit().thenApply(ended -> reap(pid)))
        .orElseGet(() -> CompletableFuture.completedFuture(-1));
  }

  /// Wait until a process has ended.
  ///
  /// @return its exit code, 128 + signal, or -1 when it was not adopted
  static int await(long pid) {
    watch();
    var end =
        Objects.requireNonNullElseGet(
            WATCHED.get(pid),
            () ->
                ProcessHandle.of(pid)
                    .map(process -> process.onExit().thenApply(ended -> -1))
                    .orElseGet(() -> CompletableFuture.completedFuture(-1)));
    try {
      return end.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("still runs: " + pid, e);
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError("cannot wait for " + pid, e);
    }
  }

  /// Wait for what is about to end, and kill what is not.
  ///
  /// @throws AssertionError when something had to be killed
  static void reap() {
    var killed = new ArrayList<String>();
    for (var left = children(); !left.isEmpty(); left = children()) {
      for (long pid : left) {
        try {
          await(pid);
        } catch (AssertionError e) {
          killed.add(ProcessHandle.of(pid).map(p -> p.pid() + " " + p.info()).orElse("" + pid));
          ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
          await(pid);
        }
      }
    }
    WATCHED.clear();
    if (!killed.isEmpty()) {
      throw new AssertionError("had to be killed: " + killed);
    }
  }

  private static List<Long> children() {
    try (var tasks = Files.list(Path.of("/proc/self/task"))) {
      return tasks
          .flatMap(task -> children(task).stream())
          .filter(pid -> !Command.isRunning(pid))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Long> children(Path task) {
    try {
      String text = Files.readString(task.resolve("children")).strip();
      return text.isEmpty()
          ? List.of()
          : List.of(text.split(" ")).stream().map(Long::valueOf).toList();
    } catch (NoSuchFileException e) {
      return List.of(); // the thread has ended
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int reap(long pid) {
    try (var arena = Arena.ofConfined()) {
      var status = arena.allocate(ValueLayout.JAVA_INT);
      int reaped = (int) WAITPID.invokeExact((int) pid, status, WNOHANG | WALL);
      if (reaped != pid) {
        return -1;
      }
      int bits = status.get(ValueLayout.JAVA_INT, 0);
      return (bits & 0x7f) == 0 ? bits >> 8 & 0xff : 128 + (bits & 0x7f);
    } catch (Throwable e) {
      throw new AssertionError("waitpid", e);
    }
  }
}
