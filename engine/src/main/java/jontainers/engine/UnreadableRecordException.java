package jontainers.engine;

import java.io.IOException;
import java.nio.file.Path;

/// Tell that something is written down of a container and cannot be read: it is damaged, cut off,
/// or of another version. Such a container is in use for all that anybody knows.
final class UnreadableRecordException extends IOException {
  private static final long serialVersionUID = 1L;

  /// @param why it cannot be read
  UnreadableRecordException(Path file, String why, Throwable cause) {
    super(file + " cannot be read: " + why, cause);
  }
}
