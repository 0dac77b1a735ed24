package jontainers.runtime;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import jontainers.linux.Arch;
import jontainers.linux.Errno;
import jontainers.linux.Fd;
import jontainers.linux.RawText;
import jontainers.linux.SyscallException;

/// Find out why a program could not be executed, by looking at it in the container's own files.
///
/// execve(2) says ENOENT for a missing program and for a missing interpreter of one that is there,
/// and ENOEXEC for another architecture and for a file that is no program at all.
///
/// @param name the program in the user's words
/// @param attempts what was tried, in order
/// @param pid the child, still alive, whose root is looked into
record ProgramDiagnosis(String name, List<Attempt> attempts, int pid) {
  private static final int HEAD = 4096;

  /// A path that was tried and the error it gave.
  record Attempt(String path, Errno errno) {}

  StartException explain(SyscallException why) {
    var telling =
        attempts.stream()
            .filter(a -> a.errno() != Errno.ENOENT && a.errno() != Errno.ENOTDIR)
            .findFirst()
            .or(() -> attempts.stream().filter(a -> open(a.path()).isPresent()).findFirst());
    return telling.map(attempt -> present(attempt, why)).orElseGet(() -> absent(why));
  }

  private StartException absent(SyscallException why) {
    String reason =
        name.indexOf('/') >= 0 ? "no such file or directory" : "executable file not found in $PATH";
    return new StartException(
        StartException.Kind.NOT_FOUND, "exec: \"" + name + "\": " + reason, "", why);
  }

  private StartException present(Attempt attempt, SyscallException why) {
    return switch (attempt.errno()) {
      case ENOENT ->
          failure(
              StartException.Kind.NOT_FOUND,
              "no such file or directory",
              "the file is there, but not its interpreter" + interpreter(attempt.path()),
              why);
      case ENOEXEC ->
          failure(
              StartException.Kind.NOT_EXECUTABLE,
              "exec format error",
              formatHint(attempt.path()),
              why);
      case EACCES ->
          failure(
              StartException.Kind.NOT_EXECUTABLE,
              "permission denied",
              accessHint(attempt.path()),
              why);
      case E2BIG ->
          failure(
              StartException.Kind.NOT_EXECUTABLE,
              "argument list too long",
              "one argument or variable may have 131071 bytes, all together a quarter of the stack"
                  + " limit (execve(2))",
              why);
      default ->
          failure(
              StartException.Kind.NOT_EXECUTABLE,
              attempt.errno().text().toLowerCase(java.util.Locale.ROOT),
              "",
              why);
    };
  }

  private StartException failure(
      StartException.Kind kind, String reason, String hint, SyscallException why) {
    return new StartException(kind, "exec: \"" + name + "\": " + reason, hint, why);
  }

  private String accessHint(String path) {
    var found = open(path);
    if (found.isEmpty()) {
      return "";
    }
    if (found.get().directory()) {
      return path + " is a directory";
    }
    return found.get().executable()
        ? path + " is on a mount with noexec, or below a directory the user may not enter"
        : path + " has no execute permission; chmod +x it";
  }

  private String formatHint(String path) {
    byte[] head = head(path);
    if (!isElf(head)) {
      return path + " is neither an ELF program nor a script that begins with #!";
    }
    int machine = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getShort(18);
    String built =
        switch (machine) {
          case 3 -> "i386";
          case 40 -> "arm";
          case 62 -> "x86_64";
          case 183 -> "aarch64";
          case 243 -> "riscv";
          case 22 -> "s390x";
          case 21 -> "ppc64";
          default -> "machine " + machine;
        };
    return path + " is built for " + built + ", this machine is " + Arch.current().machine();
  }

  private String interpreter(String path) {
    byte[] head = head(path);
    if (head.length > 2 && head[0] == '#' && head[1] == '!') {
      String line = RawText.decode(head, 2, head.length - 2);
      String program = line.lines().findFirst().orElse("").strip().split("\\s+", 2)[0];
      return ": " + program;
    }
    return isElf(head) ? loader(head).map(l -> ": " + l).orElse("") : "";
  }

  /// Find PT_INTERP among the program headers that lie in the first bytes: elf(5).
  private static Optional<String> loader(byte[] head) {
    var elf = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
    if (head.length < 64 || head[4] != 2) {
      return Optional.empty();
    }
    long table = elf.getLong(32);
    int count = elf.getShort(56) & 0xffff;
    for (long at = table; at >= 64 && at + 56 <= head.length && count > 0; at += 56, count--) {
      if (elf.getInt((int) at) == 3) {
        long offset = elf.getLong((int) at + 8);
        long size = elf.getLong((int) at + 32);
        if (offset > 0 && size > 1 && size < HEAD && offset + size <= head.length) {
          return Optional.of(RawText.decode(head, (int) offset, (int) size - 1));
        }
      }
    }
    return Optional.empty();
  }

  private static boolean isElf(byte[] head) {
    return head.length > 20 && Arrays.equals(head, 0, 4, new byte[] {0x7f, 'E', 'L', 'F'}, 0, 4);
  }

  private byte[] head(String path) {
    return open(path).map(Found::head).orElse(new byte[0]);
  }

  /// What was found at a path.
  private record Found(boolean directory, boolean executable, byte[] head) {}

  /// Open inside the child's root: an absolute link of the image leads nowhere else.
  private Optional<Found> open(String path) {
    try (var root = Fd.open(Path.of("/proc/" + pid + "/root"), Fd.O_PATH | Fd.O_DIRECTORY);
        var file = root.openInRoot(path, Fd.O_PATH)) {
      var seen = file.procPath();
      boolean directory = Files.isDirectory(seen);
      byte[] head = new byte[0];
      if (Files.isRegularFile(seen)) {
        try (var stream = Files.newInputStream(seen)) {
          head = stream.readNBytes(HEAD);
        }
      }
      int mode = (Integer) Files.getAttribute(seen, "unix:mode");
      return Optional.of(new Found(directory, (mode & 0111) != 0, head));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
