package jontainers.linux.proxy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import jontainers.linux.ExitStatus;

/// How a process ended, as its keeper wrote it down: the kernel's `struct pidfd_info`.
///
/// The keeper is not the process's parent, and the one who is may be anybody. That is why the
/// kernel is asked: PIDFD_GET_INFO with PIDFD_INFO_EXIT, since Linux 6.15
/// (include/uapi/linux/pidfd.h).
public final class ExitRecord {
  static final int SIZE = 64;
  static final long PIDFD_INFO_EXIT = 8;
  private static final int EXIT_CODE = 60;

  private ExitRecord() {}

  /// Read a record; empty where the kernel did not know, or the keeper did not live to ask.
  public static Optional<ExitStatus> read(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    if (bytes.length < SIZE) {
      return Optional.empty();
    }
    var info = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    return (info.getLong(0) & PIDFD_INFO_EXIT) == 0
        ? Optional.empty()
        : Optional.of(ExitStatus.ofWait(info.getInt(EXIT_CODE)));
  }
}
