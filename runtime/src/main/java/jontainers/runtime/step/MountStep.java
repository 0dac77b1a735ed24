package jontainers.runtime.step;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import jontainers.linux.Fd;
import jontainers.linux.Syscall;
import jontainers.linux.proxy.Argument;
import jontainers.linux.proxy.Call;
import jontainers.linux.proxy.Sequence;
import jontainers.oci.Mount;

/// Steps about what the container sees as its files: mount_namespaces(7), pivot_root(2).
///
/// Mounts are attached by descriptor to a place that openat2(2) has resolved once and inside the
/// container's root: a symbolic link of an image leads nowhere else, and nothing is resolved twice.
public sealed interface MountStep extends Step {
  long MS_RDONLY = 1;
  long MS_BIND = 0x1000;
  long MS_REC = 0x4000;
  long MS_UNBINDABLE = 0x20000;
  long MS_PRIVATE = 0x40000;
  long MS_SLAVE = 0x80000;
  long MS_SHARED = 0x100000;
  int FILE = 0100000;

  /// What stands between a mount and its place.
  String ON = " on ";

  /// What stands between a place for a mount and the mount that it must not be in.
  String LEADS_INTO = " leads into ";

  /// What stands behind the place of a mount that something else has been mounted on.
  String IS_COVERED = " is covered";

  /// What stands before a path where its owners are to be shown as others.
  String OWNERS = "owners of ";

  Argument.Value RESOLVE_IN_ROOT =
      new Argument.Value(0x12, "RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS");
  Argument.Value RESOLVE_NO_SYMLINKS =
      new Argument.Value(0x16, "RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS|RESOLVE_NO_SYMLINKS");

  /// Cut the new mount namespace off from the host's: nothing mounted here shows there.
  record Propagation(long flags, String names) implements MountStep {
    @Override
    public Sequence calls() {
      return Sequence.of(propagate("/", flags, names));
    }

    @Override
    public String summary() {
      return "cut the mounts off from the host's";
    }
  }

  /// Choose how mounts below the root travel on, once nothing of the host is below it:
  /// `rootfsPropagation` of config-linux.md.
  record RootPropagation(long flags, String names) implements MountStep {
    @Override
    public Sequence calls() {
      return Sequence.of(propagate("/", flags, names));
    }

    @Override
    public String summary() {
      return "make the root filesystem " + names;
    }
  }

  /// Make a mount the root of paths without pivot_root(2), which the first filesystem of a machine
  /// (an initramfs) does not allow: move it over the root and begin paths there.
  ///
  /// The host's mounts stay below it, where no path leads. But whoever makes a user namespace in
  /// the container may mount a procfs or sysfs without masks as long as one like that is anywhere
  /// in the mount namespace (`mount_too_revealing` in fs/namespace.c). So those go first.
  ///
  /// @param kernels where the host has procfs and sysfs, the innermost first
  record MoveRoot(String path, List<String> kernels) implements MountStep {
    public MoveRoot {
      kernels = List.copyOf(kernels);
    }

    @Override
    public Sequence calls() {
      var calls = new ArrayList<Call>();
      for (String kernel : kernels) {
        // EINVAL where a user namespace does not own it: then it is covered.
        calls.add(
            Call.of(Syscall.umount2, kernel, kernel, Argument.of(2, "MNT_DETACH"))
                .allowedToFail()
                .skippingTo(calls.size() + 2));
        calls.add(Call.of(Syscall.mount, kernel, "tmpfs", kernel, "tmpfs", 0, Bits.NULL));
      }
      calls.add(
          Call.of(
              Syscall.mount, path, ".", "/", Bits.NULL, Argument.of(0x2000, "MS_MOVE"), Bits.NULL));
      calls.add(Call.of(Syscall.chroot, path, "."));
      calls.add(Call.of(Syscall.chdir, "/", "/"));
      return new Sequence(calls);
    }

    @Override
    public String summary() {
      return "move " + path + " over the root";
    }
  }

  /// Hold a directory for its mode, where it exists.
  record HoldDirectory(String path, int descriptor) implements MountStep {
    @Override
    public Sequence calls() {
      var found = new Argument.Result(0);
      return Sequence.of(
          Place.inRoot(path).open(RESOLVE_IN_ROOT).allowedToFail(),
          Call.of(Syscall.dup3, path, found, descriptor, Bits.O_CLOEXEC).allowedToFail(),
          Call.of(Syscall.close, path, found).allowedToFail());
    }

    @Override
    public String summary() {
      return "look at " + path;
    }
  }

  /// Make a mount that is held read-only, whatever has been mounted on it since.
  record ReadonlyHeld(String path, int descriptor) implements MountStep {
    @Override
    public Sequence calls() {
      return Sequence.of(
          readonly(path, Argument.of(descriptor), "", Argument.of(0x1000, "AT_EMPTY_PATH")),
          Call.of(Syscall.close, path, descriptor));
    }

    @Override
    public String summary() {
      return "make " + path + " read-only";
    }
  }

  /// Remember the mount of a filesystem in memory, so that it can be filled by its descriptor.
  record HoldMount(String target, int descriptor) implements MountStep {
    @Override
    public Sequence calls() {
      return Sequence.of(
          Place.inRoot(target).open(RESOLVE_IN_ROOT),
          Call.of(Syscall.dup3, target, new Argument.Result(0), descriptor, Bits.O_CLOEXEC),
          Call.of(Syscall.close, target, new Argument.Result(0)));
    }

    @Override
    public String summary() {
      return "hold " + target;
    }
  }

  /// Mount the root filesystem at a directory of the host, visible only in this namespace.
  ///
  /// @param data the filesystem's own options
  /// @param layers the directories that the data names by descriptors, from [Descriptors#LAYERS]
  ///   on; they are opened in the namespace that sees the mount, since an overlay takes no others
  record MountRoot(String type, String source, String target, String data, List<String> layers)
      implements MountStep {
    public MountRoot {
      layers = List.copyOf(layers);
    }

    /// Mount what a specification calls a mount, its options being all the filesystem's own.
    public static MountRoot of(Mount mount) {
      var layers = LowerLayers.of(mount.options());
      return new MountRoot(
          String.valueOf(mount.type()),
          String.valueOf(mount.source()),
          mount.destination(),
          layers.data(),
          layers.opened());
    }

    @Override
    public Sequence calls() {
      var calls = new ArrayList<Call>();
      for (int i = 0; i < layers.size(); i++) {
        String layer = layers.get(i);
        var opened = new Argument.Result(calls.size());
        calls.add(
            Call.of(
                Syscall.openat,
                layer,
                Bits.AT_FDCWD,
                layer,
                Argument.of(0x280000 | Fd.O_DIRECTORY, "O_PATH|O_DIRECTORY|O_CLOEXEC"),
                0));
        calls.add(Call.of(Syscall.dup3, layer, opened, Descriptors.LAYERS + i, Bits.O_CLOEXEC));
        calls.add(Call.of(Syscall.close, layer, opened));
      }
      calls.add(Call.of(Syscall.mount, target, source, target, type, 0, data));
      if (!layers.isEmpty()) {
        int last = Descriptors.LAYERS + layers.size() - 1;
        calls.add(Call.of(Syscall.close_range, "layers", Descriptors.LAYERS, last, 0));
      }
      return new Sequence(calls);
    }

    @Override
    public String summary() {
      return "mount the root filesystem ("
          + type
          + (layers.isEmpty() ? "" : " of " + layers.size() + " layers")
          + ")";
    }
  }

  /// Show a directory at a place of the host, visible only in this namespace, with owners in the
  /// numbers of a user namespace: an idmapped mount (mount_setattr(2)). Nothing is chowned.
  record BindMapped(String source, String target, int namespace) implements MountStep {
    @Override
    public Sequence calls() {
      var tree = new Argument.Result(0);
      return Sequence.of(
          Call.of(
              Syscall.open_tree,
              source,
              Bits.AT_FDCWD,
              source,
              Argument.of(0x80001, "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC")),
          mapped(source, tree, Argument.of(0x1000, "AT_EMPTY_PATH"), namespace),
          Call.of(
              Syscall.move_mount,
              target,
              tree,
              "",
              Bits.AT_FDCWD,
              target,
              Argument.of(0x4, "MOVE_MOUNT_F_EMPTY_PATH")),
          Call.of(Syscall.close, source, tree));
    }

    @Override
    public String summary() {
      return "show the owners of " + source + " as the user namespace numbers them";
    }
  }

  /// Make a directory a mount, as pivot_root(2) requires of a new root, in which nothing of the
  /// host's later mounts arrives.
  record BindRoot(String path) implements MountStep {
    @Override
    public Sequence calls() {
      return Sequence.of(
          Call.of(
              Syscall.mount,
              path,
              path,
              path,
              Bits.NULL,
              Argument.of(MS_BIND | MS_REC, "MS_BIND|MS_REC"),
              Bits.NULL),
          propagate(path, MS_REC | MS_PRIVATE, "MS_REC|MS_PRIVATE"));
    }

    @Override
    public String summary() {
      return "make " + path + " a mount of its own";
    }
  }

  /// How a tree that was copied from the host stays tied to it: mount_namespaces(7).
  enum Ties {
    /// What is mounted on the host arrives in the copy, and nothing goes the other way.
    SLAVE,
    /// Nothing that is mounted in one arrives in the other.
    PRIVATE,
    /// What is mounted in either arrives in the other.
    PEER
  }

  /// Copy a tree of the host into a detached mount, before the host's files are out of sight.
  ///
  /// A copy of shared mounts, as systemd makes all of them, is a peer of the host's: whatever is
  /// mounted on it later, masks of our own as well, would be mounted on the host. So it is made a
  /// slave at once, or private where that is asked for.
  ///
  /// @param tree its index
  /// @param ids which of its mounts are idmapped
  /// @param namespace the descriptor of the user namespace whose numbers are shown
  record OpenTree(
      String source, boolean recursive, int tree, MountOptions.Ids ids, int namespace, Ties ties)
      implements MountStep {
    /// Take hold of a tree whose files keep their owners.
    public OpenTree(String source, boolean recursive, int tree) {
      this(source, recursive, tree, MountOptions.Ids.AS_THEY_ARE, -1, Ties.SLAVE);
    }

    @Override
    public Sequence calls() {
      var calls = new ArrayList<Call>();
      var opened = new Argument.Result(0);
      calls.add(
          Call.of(
              Syscall.open_tree,
              source,
              Bits.AT_FDCWD,
              source,
              recursive
                  ? Argument.of(0x88001, "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE")
                  : Argument.of(0x80001, "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC")));
      switch (ties) {
        case SLAVE -> calls.add(travel(opened, source, MS_SLAVE | MS_REC));
        case PRIVATE -> calls.add(travel(opened, source, MS_PRIVATE | MS_REC));
        case PEER -> {
          // so it is
        }
      }
      if (ids != MountOptions.Ids.AS_THEY_ARE) {
        calls.add(
            mapped(
                source,
                opened,
                ids == MountOptions.Ids.MAPPED
                    ? Argument.of(0x1000, "AT_EMPTY_PATH")
                    : Argument.of(0x9000, "AT_EMPTY_PATH|AT_RECURSIVE"),
                namespace));
      }
      calls.add(Call.of(Syscall.dup3, source, opened, Descriptors.tree(tree), Bits.O_CLOEXEC));
      calls.add(Call.of(Syscall.close, source, opened));
      return new Sequence(calls);
    }

    @Override
    public String summary() {
      return "take hold of " + source;
    }
  }

  /// Stand in the new root filesystem: from here on the places of mounts are found in it, while
  /// their sources still are paths of the host.
  record StandInRoot(String path) implements MountStep {
    @Override
    public Sequence calls() {
      return Sequence.of(Call.of(Syscall.chdir, path, path));
    }

    @Override
    public String summary() {
      return "stand in " + path;
    }
  }

  /// Make the root filesystem the root; the host's is mounted over it until [DetachOldRoot], and
  /// `..` of the root still leads there.
  record EnterRoot(String path) implements MountStep {
    @Override
    public Sequence calls() {
      return Sequence.of(Call.of(Syscall.pivot_root, path, ".", "."));
    }

    @Override
    public String summary() {
      return "make " + path + " the root of all paths";
    }
  }

  /// Make the directory or empty file that a mount covers, with the directories above it.
  ///
  /// @param there a directory above it that is known to be there, or nothing
  record MakeMountPoint(String path, boolean directory, String there, DeviceStep.Dev dev)
      implements MountStep {
    /// Make one of which nothing is known.
    public MakeMountPoint(String path, boolean directory) {
      this(path, directory, "");
    }

    /// Make one that is found by its path.
    public MakeMountPoint(String path, boolean directory, String there) {
      this(path, directory, there, DeviceStep.Dev.BY_PATH);
    }

    @Override
    public Sequence calls() {
      var calls = new ArrayList<Call>();
      if (dev == DeviceStep.Dev.HELD && InodeCalls.isInDev(path)) {
        make(calls);
      } else {
        InodeCalls.unlessThere(calls, path, this::make);
      }
      return new Sequence(calls);
    }

    private void make(List<Call> calls) {
      if (directory) {
        InodeCalls.directories(calls, path, there, dev);
      } else {
        InodeCalls.file(calls, path, there, 0755, dev);
        InodeCalls.fileBehindLink(calls, path, 0755);
      }
    }

    @Override
    public String summary() {
      return "make a place for the mount " + path;
    }
  }

  /// Make a filesystem that is attached nowhere yet: fsopen(2), fsmount(2).
  ///
  /// In a user namespace proc and sysfs have to be made before the host's root is let go: the
  /// kernel gives them only to those who see a full one (`mount_too_revealing` in fs/namespace.c).
  ///
  /// @param descriptor where it is held
  record MakeFilesystem(String type, String source, MountOptions options, int descriptor)
      implements MountStep {
    @Override
    public Sequence calls() {
      var calls = new ArrayList<Call>();
      var mount = make(calls, type, source, type, options);
      calls.add(Call.of(Syscall.dup3, type, mount, descriptor, Bits.O_CLOEXEC));
      calls.add(Call.of(Syscall.close, type, mount));
      calls.add(Call.of(Syscall.close, type, new Argument.Result(0)));
      return new Sequence(calls);
    }

    @Override
    public String summary() {
      return "make a filesystem of type " + type;
    }
  }

  /// Attach what [MakeFilesystem] has made, and keep its descriptor: files are hidden below it.
  ///
  /// The place is a directory of the root itself. A link would lead through directories that
  /// somebody else can rename, so that later another place were found by the same name
  /// (CVE-2019-19921, CVE-2023-27561).
  record AttachFilesystem(String type, int tree, String target) implements MountStep {
    @Override
    public Sequence calls() {
      var calls = new ArrayList<Call>();
      attach(
          calls,
          Argument.of(Descriptors.tree(tree)),
          Place.inRoot(target),
          type + " on " + target,
          RESOLVE_NO_SYMLINKS);
      return new Sequence(calls);
    }

    @Override
    public String summary() {
      return "mount " + type + " on " + target;
    }
  }

  /// Mount a new filesystem: fsopen(2), fsmount(2), move_mount(2).
  ///
  /// /dev and cgroups are mounted on directories of the root only, as in [AttachFilesystem].
  ///
  /// @param where whether the target is where its name says
  /// @param kernels the mounts in which it must not lie otherwise
  /// @param held the descriptor that the mount is held at, or [#NOT_HELD]
  /// @param covered the descriptor that holds the directory whose mode it takes over, or
  ///   [#NOT_HELD]
  record MountFilesystem(
      String type,
      String source,
      String target,
      MountOptions options,
      Where where,
      List<Held> kernels,
      int held,
      int covered)
      implements MountStep {
    /// No descriptor.
    public static final int NOT_HELD = -1;

    private static final int STATX_SIZE = 0x100;
    private static final int STX_MODE = 0x1c;
    private static final int MODE_OF_ITS_OWN = 01777;
    private static final Set<String> CGROUPS = Set.of("cgroup", "cgroup2");

    public MountFilesystem {
      kernels = List.copyOf(kernels);
    }

    /// Mount one at a place that is known to be no other.
    public MountFilesystem(String type, String source, String target, MountOptions options) {
      this(type, source, target, options, Where.KNOWN, List.of(), NOT_HELD, NOT_HELD);
    }

    @Override
    public Sequence calls() {
      var calls = new ArrayList<Call>();
      String object = type + " on " + target;
      var mount = make(calls, type, source, object, options);
      if (options.propagation() != 0) {
        calls.add(travel(mount, target, options.propagation()));
      }
      if (covered != NOT_HELD) {
        takeMode(calls, mount);
      }
      if (held != NOT_HELD) {
        calls.add(Call.of(Syscall.dup3, target, mount, held, Bits.O_CLOEXEC));
      }
      boolean plain = CGROUPS.contains(type) || target.equals("/dev");
      attach(
          calls,
          mount,
          Place.inRoot(target),
          object,
          plain ? RESOLVE_NO_SYMLINKS : RESOLVE_IN_ROOT,
          where,
          kernels);
      calls.add(Call.of(Syscall.close, object, mount));
      calls.add(Call.of(Syscall.close, object, new Argument.Result(0)));
      return new Sequence(calls);
    }

    /// Where nothing is covered, what is asked for fails and the mode is the filesystem's own.
    private void takeMode(List<Call> calls, Argument mount) {
      byte[] own = new byte[STATX_SIZE];
      own[STX_MODE] = (byte) MODE_OF_ITS_OWN;
      own[STX_MODE + 1] = (byte) (MODE_OF_ITS_OWN >> 8);
      var status = Argument.Struct.of("status", (Object) own);
      calls.add(
          Call.of(
                  Syscall.statx,
                  target,
                  covered,
                  "",
                  Argument.of(0x1000, "AT_EMPTY_PATH"),
                  Argument.of(0x2, "STATX_MODE"),
                  status)
              .allowedToFail());
      calls.add(
          Call.of(Syscall.fchmodat, target, mount, ".", new Argument.Loaded(status, STX_MODE)));
      calls.add(Call.of(Syscall.close, target, covered).allowedToFail());
    }

    @Override
    public String summary() {
      return "mount " + type + " on " + target;
    }
  }

  /// Attach a tree of the host that [OpenTree] has taken hold of.
  ///
  /// @param directory whether it is one
  /// @param where whether the target is where its name says
  /// @param kernels the mounts in which it must not lie otherwise
  record AttachTree(
      String source,
      boolean directory,
      int tree,
      String target,
      MountOptions options,
      Where where,
      List<Held> kernels)
      implements MountStep {
    public AttachTree {
      kernels = List.copyOf(kernels);
    }

    @Override
    public Sequence calls() {
      var calls = new ArrayList<Call>();
      var descriptor = Argument.of(Descriptors.tree(tree));
      if (options.set() != 0 || options.clear() != 0) {
        calls.add(
            change(
                descriptor,
                target,
                Argument.of(0x1000, "AT_EMPTY_PATH"),
                "{attr_set=" + options.attributes() + "}",
                Bits.longs(options.set(), options.clear(), 0, 0)));
      }
      if (options.setBelow() != 0 || options.clearBelow() != 0) {
        calls.add(
            change(
                descriptor,
                target,
                Argument.of(0x9000, "AT_EMPTY_PATH|AT_RECURSIVE"),
                "{attr_set=" + options.attributesBelow() + "}",
                Bits.longs(options.setBelow(), options.clearBelow(), 0, 0)));
      }
      if (options.propagation() != 0 && !options.isPrivate()) {
        calls.add(travel(descriptor, target, options.propagation()));
      }
      String object = (directory ? "the directory " : "the file ") + source + ON + target;
      attach(calls, descriptor, Place.inRoot(target), object, RESOLVE_IN_ROOT, where, kernels);
      calls.add(Call.of(Syscall.close, source, descriptor));
      return new Sequence(calls);
    }

    @Override
    public String summary() {
      return "show " + source + " at " + target;
    }
  }

  /// A mount of this container that is held by its descriptor.
  ///
  /// @param tree its index
  /// @param path where it is attached
  record Held(int tree, String path) {}

  /// Make sure that a mount is still what is seen at its place: nothing that came later, through
  /// whatever link of the image, was mounted on it.
  ///
  /// @param descriptor where it is held
  record RequireMount(String path, int descriptor) implements MountStep {
    @Override
    public Sequence calls() {
      var calls = new ArrayList<Call>();
      var seen = new Argument.Result(0);
      calls.add(Place.inRoot(path).open(RESOLVE_NO_SYMLINKS));
      var here = MountId.of(calls, path, seen);
      var held = MountId.of(calls, path, Argument.of(descriptor));
      calls.add(MountId.equal(path + IS_COVERED, here, held));
      calls.add(Call.of(Syscall.close, path, seen));
      return new Sequence(calls);
    }

    @Override
    public String summary() {
      return "make sure that nothing covers " + path;
    }
  }

  /// Let go of the host's files: from here on no path leads to them, not even one with `..`.
  record DetachOldRoot() implements MountStep {
    @Override
    public Sequence calls() {
      return Sequence.of(
          Call.of(Syscall.umount2, "the host's root", ".", Argument.of(2, "MNT_DETACH")),
          Call.of(Syscall.chdir, "/", "/"));
    }

    @Override
    public String summary() {
      return "let go of the host's files";
    }
  }

  /// Take hold of the null device that hides files, once it is sure that it is one.
  ///
  /// What is bound over a file of /proc stays writable there. If it were not the device but a link
  /// to /proc/sysrq-trigger, say, that file would be open to the container (CVE-2025-31133).
  record HoldNull() implements MountStep {
    private static final String NULL = "/dev/null";
    private static final int RDEV_MAJOR = 0x80;
    private static final int RDEV_MINOR = 0x84;
    private static final int STATX_SIZE = 0x100;

    @Override
    public Sequence calls() {
      var calls = new ArrayList<Call>();
      var opened = new Argument.Result(0);
      calls.add(Place.inRoot(NULL).open(RESOLVE_NO_SYMLINKS));
      requireNull(calls, opened);
      calls.add(Call.of(Syscall.dup3, NULL, opened, Descriptors.NULL, Bits.O_CLOEXEC));
      calls.add(Call.of(Syscall.close, NULL, opened));
      return new Sequence(calls);
    }

    /// Go on only where an open file is the null device.
    static void requireNull(List<Call> calls, Argument opened) {
      var status = Argument.Struct.of("status", new byte[STATX_SIZE]);
      calls.add(
          Call.of(
              Syscall.statx,
              NULL,
              opened,
              "",
              Argument.of(0x1000, "AT_EMPTY_PATH"),
              Argument.of(0x1, "STATX_TYPE"),
              status));
      calls.add(Bits.equal(NULL, 1, new Argument.Loaded(status, RDEV_MAJOR)));
      calls.add(Bits.equal(NULL, 3, new Argument.Loaded(status, RDEV_MINOR)));
    }

    @Override
    public String summary() {
      return "take hold of the null device";
    }
  }

  /// Hide a path, where it exists: a file under what [HoldNull] holds, a directory under an empty
  /// filesystem of its own (before Linux 6.15 a mount that is nowhere cannot be cloned).
  record MaskPath(Place place) implements MountStep {
    private static final MountOptions EMPTY =
        MountOptions.parse(
            List.of("ro", "nosuid", "nodev", "noexec", "nr_blocks=1", "nr_inodes=1"));

    @Override
    public Sequence calls() {
      int file = 3;
      var calls = new ArrayList<Call>();
      calls.add(place.isDirectory());
      calls.add(place.exists().skippingTo(file));
      calls.add(Place.inRoot("/").exists());
      coverFile(calls);
      int lastOfFile = calls.size() - 1;
      int directory = calls.size();
      coverDirectory(calls);
      int end = calls.size();
      calls.set(0, calls.get(0).skippingTo(directory));
      calls.set(2, calls.get(2).skippingTo(end));
      calls.set(lastOfFile, calls.get(lastOfFile).skippingTo(end));
      return new Sequence(calls);
    }

    @Override
    public String summary() {
      return "hide " + place.path();
    }

    private void coverFile(List<Call> calls) {
      var cover = new Argument.Result(calls.size());
      calls.add(
          Call.of(
              Syscall.open_tree,
              place.path(),
              Descriptors.NULL,
              "",
              Argument.of(0x81001, "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_EMPTY_PATH")));
      attach(calls, cover, place, place.path(), RESOLVE_IN_ROOT);
      calls.add(Call.of(Syscall.close, place.path(), cover));
    }

    private void coverDirectory(List<Call> calls) {
      var context = new Argument.Result(calls.size());
      var cover = make(calls, "tmpfs", "empty", place.path(), EMPTY);
      attach(calls, cover, place, place.path(), RESOLVE_IN_ROOT);
      calls.add(Call.of(Syscall.close, place.path(), cover));
      calls.add(Call.of(Syscall.close, place.path(), context));
    }
  }

  /// Make a path read-only, where it exists, with all that is mounted below it.
  record ReadonlyPath(Place place) implements MountStep {
    @Override
    public Sequence calls() {
      int end = 8;
      var found = new Argument.Result(2);
      var tree = new Argument.Result(3);
      var calls = new ArrayList<Call>();
      calls.add(place.exists().skippingTo(2));
      calls.add(Place.inRoot("/").exists().skippingTo(end));
      calls.add(place.open(RESOLVE_IN_ROOT));
      calls.add(
          Call.of(
              Syscall.open_tree,
              place.path(),
              found,
              "",
              Argument.of(
                  0x89001, "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_EMPTY_PATH|AT_RECURSIVE")));
      calls.add(
          readonly(place.path(), tree, "", Argument.of(0x9000, "AT_EMPTY_PATH|AT_RECURSIVE")));
      calls.add(attach(place.path(), tree, found));
      calls.add(Call.of(Syscall.close, place.path(), tree));
      calls.add(Call.of(Syscall.close, place.path(), found));
      return new Sequence(calls);
    }

    @Override
    public String summary() {
      return "make " + place.path() + " read-only";
    }
  }

  /// Make a mount read-only, but not what is mounted in it.
  record ReadonlyMount(String path) implements MountStep {
    @Override
    public Sequence calls() {
      var found = new Argument.Result(0);
      return Sequence.of(
          Place.inRoot(path).open(RESOLVE_IN_ROOT),
          readonly(path, found, "", Argument.of(0x1000, "AT_EMPTY_PATH")),
          Call.of(Syscall.close, path, found));
    }

    @Override
    public String summary() {
      return path.equals("/")
          ? "make the root filesystem read-only"
          : "make " + path + " read-only";
    }
  }

  /// Change how a mount travels on: mount(2), "Changing the propagation type".
  static Call propagate(String path, long flags, String names) {
    return Call.of(
        Syscall.mount, path, Bits.NULL, path, Bits.NULL, Argument.of(flags, names), Bits.NULL);
  }

  /// Choose how a mount that nobody sees yet travels on, or with MS_REC how a whole tree does.
  private static Call travel(Argument descriptor, String target, long propagation) {
    boolean all = (propagation & MS_REC) != 0;
    return change(
        descriptor,
        target,
        all
            ? Argument.of(0x9000, "AT_EMPTY_PATH|AT_RECURSIVE")
            : Argument.of(0x1000, "AT_EMPTY_PATH"),
        "{propagation=" + MountOptions.propagationName(propagation) + "}",
        Bits.longs(0, 0, propagation & ~MS_REC, 0));
  }

  /// Change a tree that nobody sees yet: struct mount_attr has four words.
  private static Call change(
      Argument descriptor, String target, Argument flags, String text, byte[] attributes) {
    return Call.of(
        Syscall.mount_setattr,
        target,
        descriptor,
        "",
        flags,
        Argument.Struct.of(text, (Object) attributes),
        32);
  }

  private static Call mapped(String path, Argument tree, Argument flags, int namespace) {
    return Call.of(
        Syscall.mount_setattr,
        OWNERS + path,
        tree,
        "",
        flags,
        Argument.Struct.of(
            "{attr_set=MOUNT_ATTR_IDMAP, userns_fd=" + namespace + "}",
            Bits.longs(0x100000, 0, 0, namespace)),
        32);
  }

  private static Call readonly(String object, Argument directory, String path, Argument flags) {
    return Call.of(
        Syscall.mount_setattr,
        object,
        directory,
        path,
        flags,
        Argument.Struct.of(
            "{attr_set=MOUNT_ATTR_RDONLY}", Bits.longs(MountOptions.MOUNT_ATTR_RDONLY, 0, 0, 0)),
        32);
  }

  /// Make a mount; the first of the added calls opens its context.
  private static Argument make(
      List<Call> calls, String type, String source, String object, MountOptions options) {
    var context = new Argument.Result(calls.size());
    var setFlag = Argument.of(0, "FSCONFIG_SET_FLAG");
    var setString = Argument.of(1, "FSCONFIG_SET_STRING");
    var create = Argument.of(6, "FSCONFIG_CMD_CREATE");
    calls.add(Call.of(Syscall.fsopen, object, type, Argument.of(1, "FSOPEN_CLOEXEC")));
    calls.add(Call.of(Syscall.fsconfig, object, context, setString, "source", source, 0));
    for (String option : options.data()) {
      String what = object + " with " + option;
      int equals = option.indexOf('=');
      calls.add(
          equals < 0
              ? Call.of(Syscall.fsconfig, what, context, setFlag, option, Bits.NULL, 0)
              : Call.of(
                  Syscall.fsconfig,
                  what,
                  context,
                  setString,
                  option.substring(0, equals),
                  option.substring(equals + 1),
                  0));
    }
    calls.add(Call.of(Syscall.fsconfig, object, context, create, Bits.NULL, Bits.NULL, 0));
    var mount = new Argument.Result(calls.size());
    calls.add(
        Call.of(
            Syscall.fsmount,
            object,
            context,
            Argument.of(1, "FSMOUNT_CLOEXEC"),
            Argument.of(options.set(), options.attributes())));
    return mount;
  }

  /// Resolve the target once, inside the root, and put the mount there.
  static void attach(
      List<Call> calls, Argument mount, Place target, String object, Argument.Value resolve) {
    attach(calls, mount, target, object, resolve, Where.KNOWN, List.of());
  }

  /// What is known of a place for a mount.
  enum Where {
    /// It is where its name says.
    KNOWN,
    /// It is directly in the new /dev, which [Descriptors#DEV] holds.
    IN_HELD_DEV,
    /// Links of the image may lead elsewhere.
    WHEREVER_LINKS_LEAD
  }

  /// The same, unless the target lies in one of the kernel's filesystems or is the root.
  private static void attach(
      List<Call> calls,
      Argument mount,
      Place target,
      String object,
      Argument.Value resolve,
      Where where,
      List<Held> kernels) {
    if (where == Where.IN_HELD_DEV) {
      calls.add(
          Call.of(
              Syscall.move_mount,
              object,
              mount,
              "",
              Descriptors.DEV,
              InodeCalls.name(target.path()),
              Argument.of(0x4, "MOVE_MOUNT_F_EMPTY_PATH")));
      return;
    }
    var place = new Argument.Result(calls.size());
    calls.add(target.open(resolve));
    if (where == Where.WHEREVER_LINKS_LEAD) {
      var own = MountId.of(calls, target.path(), place);
      MountId.requireBelowRoot(calls, target.path(), own);
      MountId.requireOutside(calls, target.path(), own, kernels);
    }
    calls.add(attach(object, mount, place));
    calls.add(Call.of(Syscall.close, target.path(), place));
  }

  /// Put a mount on what was found.
  private static Call attach(String object, Argument mount, Argument place) {
    return Call.of(
        Syscall.move_mount,
        object,
        mount,
        "",
        place,
        "",
        Argument.of(0x44, "MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH"));
  }
}
