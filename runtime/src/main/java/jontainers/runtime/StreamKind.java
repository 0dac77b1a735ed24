package jontainers.runtime;

import java.io.IOException;
import java.nio.file.Files;
import jontainers.linux.Fd;
import jontainers.linux.FileStatus;
import jontainers.linux.SyscallException;

/// What a standard stream of the caller is, which decides how a container gets at it.
///
/// A program can open its streams once more, by /proc/self/fd/N and with any access that the file's
/// permissions give it, and as root change the file's owner and mode. So only what belongs to no
/// file system of the host may be passed on as it is.
public enum StreamKind {
  /// A pipe without a name: passed on as it is, and given to the container's user.
  PIPE,
  /// A socket, which cannot be opened again: passed on as it is.
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
      case SOCKET -> SOCKET;
      case FIFO -> hasName(stream) ? FILE : PIPE;
      case CHARACTER_DEVICE ->
          FileStatus.major(status.special()) == NULL_MAJOR
                  && FileStatus.minor(status.special()) == NULL_MINOR
              ? NULL
              : FILE;
      default -> FILE;
    };
  }

  /// `pipe:[N]` is the name of one that has none: proc_pid_fd(5).
  private static boolean hasName(Fd pipe) {
    try {
      return !Files.readSymbolicLink(pipe.procPath()).toString().startsWith("pipe:[");
    } catch (IOException e) {
      return true;
    }
  }
}
