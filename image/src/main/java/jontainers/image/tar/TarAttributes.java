package jontainers.image.tar;

import jontainers.linux.FileStatus;

/// The numbers of a header.
///
/// @param mode the permission bits with set-id and sticky
/// @param mtimeNanos 0 to 999,999,999, to be added to the seconds also before 1970
/// @param major of a device node
public record TarAttributes(
    int mode, long uid, long gid, long mtimeSeconds, int mtimeNanos, int major, int minor) {
  /// Take them from a file.
  public static TarAttributes of(FileStatus status) {
    return new TarAttributes(
        status.mode(),
        status.uid(),
        status.gid(),
        status.mtimeSeconds(),
        status.mtimeNanos(),
        FileStatus.major(status.special()),
        FileStatus.minor(status.special()));
  }
}
