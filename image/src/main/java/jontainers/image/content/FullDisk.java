package jontainers.image.content;

import java.io.IOException;
import jontainers.linux.Errno;
import jontainers.linux.SyscallException;
import org.jspecify.annotations.Nullable;

/// Tell a full disk, or a quota that is used up, from other failures.
public final class FullDisk {
  /// What to do about it.
  private static final String HINT = "free some space, or put --root on a larger file system";

  private FullDisk() {}

  /// Return whether that is the reason of a failure.
  public static boolean isReason(@Nullable Throwable failure) {
    for (var reason = failure; reason != null; reason = reason.getCause()) {
      boolean full =
          switch (reason) {
            case SyscallException e -> e.errno() == Errno.ENOSPC || e.errno() == Errno.EDQUOT;
            case IOException e -> isText(String.valueOf(e.getMessage())); // the JDK has words alone
            default -> false;
          };
      if (full) {
        return true;
      }
    }
    return false;
  }

  private static boolean isText(String message) {
    return message.endsWith("No space left on device") || message.endsWith("Disk quota exceeded");
  }

  /// Return what to do about a failure to store something, or nothing.
  public static String hint(Throwable failure) {
    return isReason(failure) ? HINT : "";
  }
}
