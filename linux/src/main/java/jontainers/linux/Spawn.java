package jontainers.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Start a program as a direct child of this JVM: posix_spawn(3).
///
/// No signal is blocked or ignored in the child: threads of a JVM block SIGQUIT, and the C library
/// ignores 32 and 33. The JVM's own process reaper knows nothing of such a child; whoever spawns it
/// waits for it.
public final class Spawn {
  private static final short POSIX_SPAWN_SETSIGDEF = 4;
  private static final short POSIX_SPAWN_SETSIGMASK = 8;

  /// More than posix_spawnattr_t (336 bytes) and posix_spawn_file_actions_t (80) take up in glibc
  /// and musl.
  private static final long OPAQUE = 512;

  /// Numbers below this one are targets of `descriptors`; sources lie above, so that no target
  /// overwrites a source that is still to be copied.
  private static final int ABOVE_TARGETS = 200;

  private static final MemorySegment POSIX_SPAWN = Libc.symbol("posix_spawn");
  private static final MemorySegment ATTR_INIT = Libc.symbol("posix_spawnattr_init");
  private static final MemorySegment ATTR_SETFLAGS = Libc.symbol("posix_spawnattr_setflags");
  private static final MemorySegment ATTR_SETSIGMASK = Libc.symbol("posix_spawnattr_setsigmask");
  private static final MemorySegment ATTR_SETSIGDEFAULT =
      Libc.symbol("posix_spawnattr_setsigdefault");
  private static final MemorySegment ATTR_DESTROY = Libc.symbol("posix_spawnattr_destroy");
  private static final MemorySegment ACTIONS_INIT = Libc.symbol("posix_spawn_file_actions_init");
  private static final MemorySegment ACTIONS_DUP2 = Libc.symbol("posix_spawn_file_actions_adddup2");
  private static final MemorySegment ACTIONS_DESTROY =
      Libc.symbol("posix_spawn_file_actions_destroy");

  private Spawn() {}

  /// Start an executable.
  ///
  /// @param path of the executable or script
  /// @param arguments argv, its own name first
  /// @param environment `NAME=value`
  /// @param descriptors the child's descriptors 0, 1, 2, …; lent, and only these are guaranteed to
  ///   be there (others of this JVM that are not close-on-exec are there, too)
  /// @return the process's number
  public static int spawn(
      String path, List<String> arguments, List<String> environment, List<Fd> descriptors)
      throws SyscallException {
    return spawn(path, arguments, environment, descriptors, List.of(), 0);
  }

  /// Start an executable with descriptors in two places.
  ///
  /// @param further the child's descriptors from `first` on; lent
  /// @param first above all that this process has open
  public static int spawn(
      String path,
      List<String> arguments,
      List<String> environment,
      List<Fd> descriptors,
      List<Fd> further,
      int first)
      throws SyscallException {
    var above = new ArrayList<Fd>();
    try (var arena = Arena.ofConfined()) {
      var attributes = attributes(arena);
      var actions = arena.allocate(OPAQUE, 16);
      function(ACTIONS_INIT, actions.address(), 0, 0);
      for (int i = 0; i < descriptors.size(); i++) {
        var source = Fd.duplicate(descriptors.get(i).number(), ABOVE_TARGETS);
        above.add(source);
        function(ACTIONS_DUP2, actions.address(), source.number(), i);
      }
      for (int i = 0; i < further.size(); i++) {
        function(ACTIONS_DUP2, actions.address(), further.get(i).number(), first + i);
      }
      try {
        return spawn(arena, path, arguments, environment, attributes, actions);
      } finally {
        function(ACTIONS_DESTROY, actions.address(), 0, 0);
        function(ATTR_DESTROY, attributes.address(), 0, 0);
      }
    } finally {
      above.forEach(Fd::close);
    }
  }

  private static int spawn(
      Arena arena,
      String path,
      List<String> arguments,
      List<String> environment,
      MemorySegment attributes,
      MemorySegment actions)
      throws SyscallException {
    var pid = arena.allocate(JAVA_INT);
    long error =
        Libc.call(
            POSIX_SPAWN,
            pid.address(),
            Kernel.path(arena, path),
            actions.address(),
            attributes.address(),
            strings(arena, arguments).address(),
            strings(arena, environment).address(),
            0);
    check("posix_spawn", path, error);
    return Memory.getInt(pid, 0);
  }

  /// Lay out a NULL-terminated array of strings.
  static MemorySegment strings(Arena arena, List<String> strings) {
    var array = arena.allocate(ADDRESS, strings.size() + 1L);
    for (int i = 0; i < strings.size(); i++) {
      Memory.putLong(array, 8L * i, Kernel.cString(arena, strings.get(i)).address());
    }
    return array;
  }

  private static MemorySegment attributes(Arena arena) throws SyscallException {
    var attributes = arena.allocate(OPAQUE, 16);
    function(ATTR_INIT, attributes.address(), 0, 0);
    var none = arena.allocate(128, 8); // sigset_t
    function(ATTR_SETSIGMASK, attributes.address(), none.address(), 0);
    var all = arena.allocate(128, 8).fill((byte) 0xff);
    function(ATTR_SETSIGDEFAULT, attributes.address(), all.address(), 0);
    function(
        ATTR_SETFLAGS, attributes.address(), POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK, 0);
    return attributes;
  }

  /// Call a function that returns 0 or an errno.
  private static void function(MemorySegment function, long a, long b, long c)
      throws SyscallException {
    check("posix_spawn", "", Libc.call(function, a, b, c, 0, 0, 0, 0));
  }

  private static void check(String call, String object, long result) throws SyscallException {
    int error = (int) result;
    if (error != 0) {
      throw new SyscallException(call, object, Errno.of(error));
    }
  }
}
