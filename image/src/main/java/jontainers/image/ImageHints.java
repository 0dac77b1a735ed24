package jontainers.image;

import java.io.IOException;
import jontainers.linux.SyscallException;

/// What to do about errors whose number misleads or whose remedy is known.
final class ImageHints {
  private ImageHints() {}

  static String of(IOException e) {
    if (!(e instanceof SyscallException syscall)) {
      return "";
    }
    return switch (syscall.errno()) {
      case ENOSPC, EDQUOT -> "free some space, or export to another file system";
      case EFBIG -> "raise the limit of file sizes: ulimit -f";
      default -> "";
    };
  }
}
