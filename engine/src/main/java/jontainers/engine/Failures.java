package jontainers.engine;

import java.io.IOException;
import java.nio.file.FileSystemException;
import jontainers.image.ImageException;
import jontainers.linux.Errno;
import jontainers.linux.SyscallException;
import jontainers.network.NetworkException;
import jontainers.runtime.StartException;

/// Translate the failures of the rooms below into the engine's, once.
final class Failures {
  private Failures() {}

  static EngineException of(NetworkException e) {
    var category =
        switch (e.reason()) {
          case INVALID -> EngineException.Category.INVALID;
          case CONFLICT -> EngineException.Category.CONFLICT;
          case NOT_FOUND -> EngineException.Category.NOT_FOUND;
          case UNSUPPORTED -> EngineException.Category.UNSUPPORTED;
          case SYSTEM -> EngineException.Category.INTERNAL;
        };
    return new EngineException(category, String.valueOf(e.getMessage()), e.hint().orElse(""), e);
  }

  static EngineException of(ImageException e) {
    var category =
        switch (e.category()) {
          case INVALID -> EngineException.Category.INVALID;
          case NOT_FOUND -> EngineException.Category.NOT_FOUND;
          case UNAUTHORIZED, FORBIDDEN -> EngineException.Category.FORBIDDEN;
          case UNSUPPORTED -> EngineException.Category.UNSUPPORTED;
          case UNAVAILABLE, INTERNAL -> EngineException.Category.INTERNAL;
        };
    return new EngineException(category, String.valueOf(e.getMessage()), e.hint(), e);
  }

  static EngineException of(StartException e) {
    var category =
        switch (e.kind()) {
          case ENGINE -> EngineException.Category.INTERNAL;
          case NOT_EXECUTABLE -> EngineException.Category.PROGRAM_NOT_EXECUTABLE;
          case NOT_FOUND -> EngineException.Category.PROGRAM_NOT_FOUND;
        };
    return new EngineException(category, String.valueOf(e.getMessage()), e.hint().orElse(""), e);
  }

  /// Tell of a failure of the disk or the kernel.
  ///
  /// @param deed what was attempted, in the user's words
  static EngineException of(String deed, IOException e) {
    return new EngineException(
        EngineException.Category.INTERNAL, deed + ": " + reason(e), hint(e), e);
  }

  /// Java's file exceptions often have just the file's name for a message.
  private static String reason(IOException e) {
    if (e instanceof FileSystemException file && file.getReason() == null) {
      String kind =
          switch (e) {
            case java.nio.file.NoSuchFileException _ -> "no such file or directory";
            case java.nio.file.AccessDeniedException _ -> "permission denied";
            case java.nio.file.FileAlreadyExistsException _ -> "file exists";
            case java.nio.file.NotDirectoryException _ -> "not a directory";
            default -> "input/output error";
          };
      return file.getFile() + ": " + kind;
    }
    return String.valueOf(e.getMessage());
  }

  private static String hint(IOException e) {
    String message = String.valueOf(e.getMessage());
    if ((e instanceof SyscallException call && call.errno() == Errno.EROFS)
        || message.contains("Read-only file system")) {
      return "the state directory is on a read-only filesystem; choose another with --root";
    }
    if (message.contains("No space left on device")) {
      return "the disk is full";
    }
    return "";
  }
}
