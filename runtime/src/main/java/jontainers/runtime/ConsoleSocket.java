package jontainers.runtime;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import jontainers.linux.Fd;
import jontainers.linux.RawText;
import jontainers.linux.Socket;
import jontainers.linux.SyscallException;

/// Hand descriptors over to somebody who listens on a unix socket: `--console-socket` of runtimes,
/// and the agent of a seccomp filter.
final class ConsoleSocket {
  private ConsoleSocket() {}

  /// Send the master of a terminal, with its name as the message.
  static void send(Path socket, Fd master) throws SyscallException {
    send(socket, "/dev/ptmx".getBytes(StandardCharsets.UTF_8), master);
  }

  /// Send a descriptor with a message.
  static void send(Path socket, byte[] message, Fd descriptor) throws SyscallException {
    try (var opened = Socket.open(Socket.AF_UNIX, Socket.SOCK_STREAM, 0, RawText.of(socket))) {
      opened.connect(socket);
      opened.send(message, List.of(descriptor));
    }
  }
}
