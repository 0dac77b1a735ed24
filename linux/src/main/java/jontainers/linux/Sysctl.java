package jontainers.linux;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// Read and write kernel parameters below /proc/sys: proc_sys(5).
///
/// In one read(2). These files end after the first one, and `Files.readString` begins with a single
/// byte: of "40" it returns "4".
public final class Sysctl {
  private static final Path ROOT = Path.of("/proc/sys");

  private Sysctl() {}

  /// Return the file of a parameter such as `net.ipv4.ip_forward`.
  public static Path file(String name) {
    return ROOT.resolve(name.replace('.', '/'));
  }

  /// Return a parameter's value without its line end.
  public static String read(String name) throws SyscallException {
    try (var file = Fd.open(file(name), Fd.O_RDONLY)) {
      byte[] bytes = new byte[4096];
      int length = file.read(bytes, 0, bytes.length);
      return new String(bytes, 0, length, StandardCharsets.UTF_8).strip();
    }
  }

  /// Write a parameter's value in one write(2), as the kernel wants it.
  ///
  /// @param file below /proc/sys
  public static void write(Path file, String value) throws SyscallException {
    try (var open = Fd.open(file, Fd.O_WRONLY)) {
      open.write(RawText.encode(value));
    }
  }
}
