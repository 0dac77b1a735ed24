package jontainers.runtime;

import java.io.IOException;
import java.nio.file.Files;
import jontainers.linux.Fd;
import jontainers.linux.FileStatus;
import jontainers.linux.Socket;
import jontainers.linux.SyscallException;

/// What a standard stream of the caller is, which decides how a container gets at it.
///
/// A program can open its streams once more, by /proc/self/fd/N and with any access that the file's
/// permissions give it, and as root change the file's owner and mode. So only what belongs to no
/// file system of the host may be passed on as it is.
public enum StreamKind {
  /// A pipe without a name: passed on as it is, and given to the container's user.
  PIPE,
  /// One end of a connection between two processes, unix(7): passed on as it is. Each other socket
  /// could be connected once more, to what the host's network namespace reaches.
  SOCKET,
  /// The null device: the container's own takes its place.
  NULL,
  /// A file, a terminal, another device, a pipe that has a name: the caller's.
  FILE;

  private static final int NULL_MAJOR = 1;
  private static final int NULL_MINOR = 3;

  /// Look at one.
  public static StreamKind of(Fd stream) throws SyscallException {
    var status = FileStatus.of(stream);
    return switch (status.type()) {
      case SOCKET -> isConnection(stream) ? SOCKET : FILE;
      case FIFO -> hasNoName(stream, "pipe:[") ? PIPE : FILE;
      case CHARACTER_DEVICE ->
          FileStatus.major(status.special()) == NULL_MAJOR
                  && FileStatus.minor(status.special()) == NULL_MINOR
              ? NULL
              : FILE;
      default -> FILE;
    };
  }

  /// A file in a file system that is open as O_PATH is a socket by its type as well.
  private static boolean isConnection(Fd socket) {
    if (!hasNoName(socket, "socket:[")) {
      return false;
    }
    try {
      return Socket.option(socket, Socket.SOL_SOCKET, Socket.SO_DOMAIN) == Socket.AF_UNIX
          && Socket.option(socket, Socket.SOL_SOCKET, Socket.SO_TYPE) == Socket.SOCK_STREAM
          && Socket.option(socket, Socket.SOL_SOCKET, Socket.SO_ACCEPTCONN) == 0;
    } catch (SyscallException e) {
      return false;
    }
  }

  /// `pipe:[N]` is the name of one that has none: proc_pid_fd(5).
  private static boolean hasNoName(Fd file, String begin) {
    try {
      return Files.readSymbolicLink(file.procPath()).toString().startsWith(begin);
    } catch (IOException e) {
      return false;
    }
  }
}
