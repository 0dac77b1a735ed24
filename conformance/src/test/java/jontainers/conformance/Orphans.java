package jontainers.conformance;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Processes whose parents have ended: this process becomes their parent, as containerd's shim and
/// conmon do, and learns their exit codes.
final class Orphans {
  private static final int PR_SET_CHILD_SUBREAPER = 36;
  private static final int WNOHANG = 1;
  private static final long DEADLINE_SECONDS = 20;

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

  /// Wait until a process has ended, and reap it if it is our child.
  ///
  /// @return its exit code, 128 + signal, or -1 when somebody else reaped it
  static int await(long pid) {
    var process = ProcessHandle.of(pid);
    if (process.isPresent()) {
      try {
        process.get().onExit().get(DEADLINE_SECONDS, TimeUnit.SECONDS);
      } catch (TimeoutException e) {
        throw new AssertionError("still runs: " + pid + " " + process.get().info(), e);
      } catch (InterruptedException | ExecutionException e) {
        throw new AssertionError("cannot wait for " + pid, e);
      }
    }
    return reap(pid);
  }

  /// Reap what has been adopted; wait for what is about to end.
  static void reap() throws IOException {
    for (long pid : children()) {
      await(pid);
    }
  }

  private static List<Long> children() throws IOException {
    try (var tasks = Files.list(Path.of("/proc/self/task"))) {
      return tasks.flatMap(task -> children(task).stream()).toList();
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
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static int reap(long pid) {
    try (var arena = Arena.ofConfined()) {
      var status = arena.allocate(ValueLayout.JAVA_INT);
      int reaped = (int) WAITPID.invokeExact((int) pid, status, WNOHANG);
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
