package jontainers.runtime.step;

import java.util.List;
import jontainers.linux.Syscall;
import jontainers.linux.proxy.Argument;
import jontainers.linux.proxy.Call;

/// The calls that find out which mount a file lies in: statx(2) with STATX_MNT_ID, since Linux 5.8.
///
/// A path cannot tell: `/d/proc` is `/proc` where an image links `/d` to `/`.
final class MountId {
  private static final int STATX_SIZE = 0x100;
  private static final int INO = 0x20;
  private static final int MNT_ID = 0x90;
  private static final int MASK = 0x1100;

  private MountId() {}

  /// Ask for the mount of an open file.
  static Argument.Struct of(List<Call> calls, String object, Argument file) {
    var status = Argument.Struct.of("status", new byte[STATX_SIZE]);
    calls.add(
        Call.of(
            Syscall.statx,
            object,
            file,
            "",
            Argument.of(0x1000, "AT_EMPTY_PATH"),
            Argument.of(MASK, "STATX_INO|STATX_MNT_ID"),
            status));
    return status;
  }

  /// Go on only where two files lie in one mount.
  static Call equal(String object, Argument.Struct one, Argument.Struct other) {
    return Bits.equal(object, new Argument.Within(one, MNT_ID), new Argument.Loaded(other, MNT_ID));
  }

  /// Fail where a file lies in one of the kernel's filesystems, and go on otherwise.
  ///
  /// @param own what [#of] has said of it
  static void requireOutside(
      List<Call> calls, String path, Argument.Struct own, List<MountStep.Held> kernels) {
    for (var kernel : kernels) {
      var its = of(calls, kernel.path(), Argument.of(Descriptors.tree(kernel.tree())));
      int failing = calls.size() + 1;
      calls.add(Place.inRoot("/").exists().skippingTo(failing + 1));
      calls.add(Bits.fail(path + MountStep.LEADS_INTO + kernel.path()));
      calls.add(equal(path, own, its).allowedToFail().skippingTo(failing));
    }
  }

  /// Fail where a file is the root: whoever enters the mount namespace later begins at the topmost
  /// mount there.
  ///
  /// @param own what [#of] has said of it
  static void requireBelowRoot(List<Call> calls, String path, Argument.Struct own) {
    var root = Argument.Struct.of("status of the root", new byte[STATX_SIZE]);
    calls.add(
        Call.of(
            Syscall.statx,
            "/",
            Bits.AT_FDCWD,
            ".",
            0,
            Argument.of(MASK, "STATX_INO|STATX_MNT_ID"),
            root));
    int failing = calls.size() + 1;
    calls.add(Place.inRoot("/").exists().skippingTo(failing + 1));
    calls.add(Bits.fail(path + MountStep.LEADS_INTO + "/"));
    calls.add(equal(path, own, root).allowedToFail().skippingTo(failing + 3));
    calls.add(Place.inRoot("/").exists().skippingTo(failing + 4));
    calls.add(
        Bits.equal(path, new Argument.Within(own, INO), new Argument.Loaded(root, INO))
            .allowedToFail()
            .skippingTo(failing));
  }
}
