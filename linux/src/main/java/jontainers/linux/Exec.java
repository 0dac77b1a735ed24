package jontainers.linux;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/// Replace this process by a program: execve(2).
///
/// The kernel ends all other threads of the JVM, and nothing of it is run any more: no finally, no
/// hook. Whoever calls this has flushed what is to be written.
public final class Exec {
  /// Sources lie above the targets, so that no target overwrites a source that is still to be
  /// copied.
  private static final int ABOVE_TARGETS = 200;

  private Exec() {}

  /// Do not return.
  ///
  /// @param path of the executable
  /// @param arguments argv, its own name first
  /// @param descriptors the program's descriptors 0, 1, 2, …; others of this JVM that are not
  ///   close-on-exec are there, too
  /// @throws SyscallException where it cannot be executed; the descriptors may be changed then, so
  ///   that this process has to end
  public static void replace(String path, List<String> arguments, List<Fd> descriptors)
      throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      var sources = new ArrayList<Fd>();
      for (var descriptor : descriptors) {
        sources.add(Fd.duplicate(descriptor.number(), ABOVE_TARGETS));
      }
      for (int i = 0; i < sources.size(); i++) {
        Kernel.call(Syscall.dup3, path, sources.get(i).number(), i, 0);
      }
      Kernel.call(
          Syscall.execve,
          path,
          Kernel.path(arena, path),
          Spawn.strings(arena, arguments).address(),
          Spawn.strings(arena, List.of()).address());
    }
  }
}
