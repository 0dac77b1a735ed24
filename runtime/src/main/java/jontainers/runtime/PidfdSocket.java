package jontainers.runtime;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import jontainers.linux.Pidfd;
import jontainers.linux.SyscallException;

/// Hand the pidfd of a process over to somebody who listens on a unix socket: `--pidfd-socket` of
/// runtimes. The message is runc's word for how the process came to be.
public enum PidfdSocket {
  /// The first process of a container.
  OF_CONTAINER("standard"),
  /// A process of `exec`.
  OF_EXEC("setns");

  private final String message;

  PidfdSocket(String message) {
    this.message = message;
  }

  /// Send it; the descriptor stays the caller's.
  public void send(Path socket, Pidfd process) throws SyscallException {
    ConsoleSocket.send(socket, message.getBytes(StandardCharsets.UTF_8), process.fd());
  }
}
