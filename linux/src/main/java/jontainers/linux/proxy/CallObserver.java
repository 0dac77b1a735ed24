package jontainers.linux.proxy;

import jontainers.linux.Pidfd;
import jontainers.linux.SyscallException;

/// See the calls of a [Plan] when their results are known, on the thread that starts the process.
public interface CallObserver {
  /// See a call and its result, or negated errno. At [Pace#ALL_AT_ONCE] the child's calls are seen
  /// only when one of them failed.
  default void made(Call call, long result) {}

  /// See the child while it waits behind a call that failed; it is killed on return.
  default void failed(Call call, SyscallException why, Pidfd child) {}
}
