package jontainers.linux;

import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.StringJoiner;

/// A file system about to be made, to become a mount that is attached nowhere (fsopen(2)).
///
/// Since Linux 5.2. A value may have 255 bytes. Errors carry the kernel's own message, which
/// mount(2) leaves in the kernel's log. For one thread at a time.
public final class FilesystemContext implements AutoCloseable {
  public static final int MOUNT_ATTR_RDONLY = 1;
  public static final int MOUNT_ATTR_NOSUID = 2;
  public static final int MOUNT_ATTR_NODEV = 4;
  public static final int MOUNT_ATTR_NOEXEC = 8;

  // include/uapi/linux/mount.h
  private static final int FSOPEN_CLOEXEC = 1;
  private static final int FSMOUNT_CLOEXEC = 1;
  private static final int FSCONFIG_SET_FLAG = 0;
  private static final int FSCONFIG_SET_STRING = 1;
  private static final int FSCONFIG_CMD_CREATE = 6;

  private static final int MESSAGE_SIZE = 1024;

  private final Fd fd;
  private final String type;

  private FilesystemContext(Fd fd, String type) {
    this.fd = fd;
    this.type = type;
  }

  /// Begin a file system of a type such as `overlay`: fsopen(2).
  public static FilesystemContext open(String type) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      long number = Kernel.call(Syscall.fsopen, type, Kernel.path(arena, type), FSOPEN_CLOEXEC);
      return new FilesystemContext(Fd.owning((int) number, type), type);
    }
  }

  /// Set an option: fsconfig(2) with FSCONFIG_SET_STRING.
  public FilesystemContext set(String key, String value) throws SyscallException {
    configure(FSCONFIG_SET_STRING, key, value);
    return this;
  }

  /// Set an option without a value, such as `volatile` or `ro`: FSCONFIG_SET_FLAG.
  public FilesystemContext flag(String key) throws SyscallException {
    configure(FSCONFIG_SET_FLAG, key, "");
    return this;
  }

  /// Make the file system and a mount of it: FSCONFIG_CMD_CREATE and fsmount(2).
  ///
  /// @param attributes MOUNT_ATTR_* or-ed
  /// @return the mount's root; the mount goes when it is closed, unless it was attached
  public Fd mount(int attributes) throws SyscallException {
    configure(FSCONFIG_CMD_CREATE, "", "");
    long number = Kernel.once(Syscall.fsmount, fd.number(), FSMOUNT_CLOEXEC, attributes);
    return Fd.owning((int) checked(Syscall.fsmount, type, number), type);
  }

  @Override
  public void close() {
    fd.close();
  }

  private void configure(int command, String key, String value) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      long result =
          Kernel.once(
              Syscall.fsconfig,
              fd.number(),
              command,
              key.isEmpty() ? 0 : Kernel.path(arena, key),
              command == FSCONFIG_SET_STRING ? Kernel.path(arena, value) : 0,
              0);
      String object = (type + " " + key + (value.isEmpty() ? "" : "=" + value)).strip();
      var _ = checked(Syscall.fsconfig, object, result);
    }
  }

  private long checked(Syscall call, String object, long result) throws SyscallException {
    if (result < 0) {
      throw new SyscallException(call.name(), object, Errno.of((int) -result), messages());
    }
    return result;
  }

  /// Each read returns a message such as `e overlay: ...`; ENODATA ends them.
  private String messages() {
    var messages = new StringJoiner("; ");
    byte[] buffer = new byte[MESSAGE_SIZE];
    try {
      while (true) {
        int length = fd.read(buffer, 0, buffer.length);
        messages.add(new String(buffer, 0, length, StandardCharsets.UTF_8).strip());
      }
    } catch (SyscallException e) {
      return messages.toString();
    }
  }
}
