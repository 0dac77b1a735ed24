package jontainers.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import jontainers.linux.Fd;
import jontainers.linux.RawText;
import jontainers.linux.SyscallException;
import jontainers.oci.Device;

/// The host's own files, as far as a plan depends on them.
final class HostNodes implements ContainerPlan.Files {
  @Override
  public boolean isDirectory(String path) {
    return Files.isDirectory(RawText.path(path));
  }

  @Override
  public DanglingLinks.End followed(String root, String path) throws StartException {
    try {
      return DanglingLinks.followed(RawText.path(root), path);
    } catch (IOException e) {
      throw new StartException(StartException.Kind.ENGINE, e.toString(), "", e);
    }
  }

  /// The same name in most cases; else the one that udev gives it.
  @Override
  public Optional<String> node(Device device) {
    var byNumber =
        RawText.path(device.type().equals("b") ? "/dev/block" : "/dev/char")
            .resolve(RawText.path(device.major() + ":" + device.minor()));
    for (var candidate : new Path[] {RawText.path(device.path()), byNumber}) {
      if (is(candidate, device)) {
        return Optional.of(RawText.of(candidate));
      }
    }
    return Optional.empty();
  }

  @Override
  public List<String> kernelMounts(String outside) throws StartException {
    try {
      return KernelMounts.of(
          RawText.read(Path.of("/proc/self/mountinfo")).lines().toList(), outside);
    } catch (IOException e) {
      throw new StartException(StartException.Kind.ENGINE, e.toString(), "", e);
    }
  }

  @Override
  public StreamKind kind(Fd stream) throws SyscallException {
    return StreamKind.of(stream);
  }

  private static boolean is(Path file, Device device) {
    try {
      int mode = (int) Files.getAttribute(file, "unix:mode");
      long number = (long) Files.getAttribute(file, "unix:rdev");
      int type = device.type().equals("b") ? 0060000 : 0020000;
      return (mode & 0170000) == type
          && major(number) == device.major()
          && minor(number) == device.minor();
    } catch (IOException e) {
      return false;
    }
  }

  /// As makedev(3) encodes them.
  private static long major(long number) {
    return (number >>> 8 & 0xfff) | (number >>> 32 & ~0xfffL);
  }

  private static long minor(long number) {
    return (number & 0xff) | (number >>> 12 & ~0xffL);
  }
}
