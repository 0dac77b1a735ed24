package jontainers.runtime;

import java.io.IOException;
import java.nio.file.Path;

/// Tell that a container's record is there and cannot be read.
final class UnreadableRecordException extends IOException {
  private static final long serialVersionUID = 1L;

  UnreadableRecordException(Path file, Throwable cause) {
    super(file + " cannot be read: " + cause.getMessage(), cause);
  }
}
