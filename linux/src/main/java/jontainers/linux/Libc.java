package jontainers.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// Call the C library through one shape: seven longs in, one long out, errno captured.
///
/// Each further shape costs about 10 ms of a cold start, so `syscall(2)` and the few functions that
/// are more than a system call (`posix_spawn`) share this one. A callee with fewer parameters does
/// not look at the rest: on both architectures they lie in registers or above its frame. Stateless
/// and safe for any thread; a call that blocks pins a virtual thread's carrier.
@SuppressWarnings("restricted") // the only downcall of the engine
final class Libc {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle CALL =
      LINKER.downcallHandle(
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
              JAVA_LONG),
          Linker.Option.captureCallState("errno"));
  private static final MemorySegment SYSCALL = symbol("syscall");

  private Libc() {}

  /// Find a function of the C library.
  static MemorySegment symbol(String name) {
    return LINKER
        .defaultLookup()
        .find(name)
        .orElseThrow(() -> new UnsupportedOperationException("the C library has no " + name));
  }

  /// Call a function; return what it returns.
  static long call(MemorySegment function, long a, long b, long c, long d, long e, long f, long g) {
    try (var arena = Arena.ofConfined()) {
      return (long) CALL.invokeExact(function, arena.allocate(JAVA_INT), a, b, c, d, e, f, g);
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  /// Make a system call; return its result, or the negated errno as the kernel itself does.
  static long syscall(long number, long a, long b, long c, long d, long e, long f) {
    try (var arena = Arena.ofConfined()) {
      var state = arena.allocate(JAVA_INT);
      long result = (long) CALL.invokeExact(SYSCALL, state, number, a, b, c, d, e, f);
      return result == -1 ? -Memory.getInt(state, 0) : result;
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  private static AssertionError unexpected(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    return new AssertionError("a downcall threw", thrown);
  }
}
