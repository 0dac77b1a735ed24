package jontainers.runtime.step;

import java.util.ArrayList;
import java.util.List;
import jontainers.linux.Syscall;
import jontainers.linux.proxy.Argument;
import jontainers.linux.proxy.Call;
import jontainers.linux.proxy.Sequence;

/// Steps about what the container sees as its files: mount_namespaces(7), pivot_root(2).
///
/// Mounts are attached by descriptor to a place that openat2(2) has resolved once and inside the
/// container's root: a symbolic link of an image leads nowhere else, and nothing is resolved twice.
public sealed interface MountStep extends Step {
  long MS_RDONLY = 1;
  long MS_BIND = 0x1000;
  long MS_REC = 0x4000;
  int FILE = 0100000;

  /// Cut the new mount namespace off from the host's: nothing mounted here shows there.
  record Propagation(long flags, String names) implements MountStep {
    @Override
    public Sequence calls() {
      return Sequence.of(
          Call.of(
              Syscall.mount, "/", Bits.NULL, "/", Bits.NULL, Argument.of(flags, names), Bits.NULL));
    }

    @Override
    public String summary() {
      return "cut the mounts off from the host's";
    }
  }

  /// Mount the root filesystem at a directory of the host, visible only in this namespace.
  record MountRoot(String type, String source, String target, String data) implements MountStep {
    @Override
    public Sequence calls() {
      return Sequence.of(Call.of(Syscall.mount, target, source, target, type, 0, data));
    }

    @Override
    public String summary() {
      return "mount the root filesystem (" + type + ")";
    }
  }

  /// Make a directory a mount, as pivot_root(2) requires of a new root.
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
              Bits.NULL));
    }

    @Override
    public String summary() {
      return "make " + path + " a mount of its own";
    }
  }

  /// Copy a tree of the host into a detached mount, before the host's files are out of sight.
  record OpenTree(String source, boolean recursive, int tree) implements MountStep {
    @Override
    public Sequence calls() {
      return Sequence.of(
          Call.of(
              Syscall.open_tree,
              source,
              Bits.AT_FDCWD,
              source,
              recursive
                  ? Argument.of(0x88001, "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE")
                  : Argument.of(0x80001, "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC")),
          Call.of(
              Syscall.dup3, source, new Argument.Result(0), Descriptors.tree(tree), Bits.O_CLOEXEC),
          Call.of(Syscall.close, source, new Argument.Result(0)));
    }

    @Override
    public String summary() {
      return "take hold of " + source;
    }
  }

  /// Make the root filesystem the root; the host's stays above it until [DetachOldRoot].
  record EnterRoot(String path) implements MountStep {
    @Override
    public Sequence calls() {
      return Sequence.of(
          Call.of(Syscall.chdir, path, path), Call.of(Syscall.pivot_root, path, ".", "."));
    }

    @Override
    public String summary() {
      return "make " + path + " the root of all paths";
    }
  }

  /// Make the directory or empty file that a mount covers, with the directories above it.
  record MakeMountPoint(String path, boolean directory) implements MountStep {
    @Override
    public Sequence calls() {
      var calls = new ArrayList<Call>();
      for (int at = path.indexOf('/', 1); at >= 0; at = path.indexOf('/', at + 1)) {
        calls.add(mkdir(path.substring(0, at)));
      }
      calls.add(
          directory
              ? mkdir(path)
              : Call.of(Syscall.mknodat, path, Bits.AT_FDCWD, path, Bits.mode(FILE | 0755), 0)
                  .allowedToFail());
      return new Sequence(calls);
    }

    @Override
    public String summary() {
      return "make a place for the mount " + path;
    }

    private static Call mkdir(String path) {
      return Call.of(Syscall.mkdirat, path, Bits.AT_FDCWD, path, Bits.mode(0755)).allowedToFail();
    }
  }

  /// Mount a new filesystem: fsopen(2), fsmount(2), move_mount(2).
  record MountFilesystem(String type, String source, String target, MountOptions options)
      implements MountStep {
    private static final Argument FSCONFIG_SET_FLAG = Argument.of(0, "FSCONFIG_SET_FLAG");
    private static final Argument FSCONFIG_SET_STRING = Argument.of(1, "FSCONFIG_SET_STRING");
    private static final Argument FSCONFIG_CMD_CREATE = Argument.of(6, "FSCONFIG_CMD_CREATE");

    @Override
    public Sequence calls() {
      var calls = new ArrayList<Call>();
      String object = type + " on " + target;
      var context = new Argument.Result(0);
      calls.add(Call.of(Syscall.fsopen, object, type, Argument.of(1, "FSOPEN_CLOEXEC")));
      calls.add(
          Call.of(Syscall.fsconfig, object, context, FSCONFIG_SET_STRING, "source", source, 0));
      for (String option : options.data()) {
        calls.add(option(object, context, option));
      }
      calls.add(
          Call.of(Syscall.fsconfig, object, context, FSCONFIG_CMD_CREATE, Bits.NULL, Bits.NULL, 0));
      var mount = new Argument.Result(calls.size());
      calls.add(
          Call.of(
              Syscall.fsmount,
              object,
              context,
              Argument.of(1, "FSMOUNT_CLOEXEC"),
              Argument.of(options.set(), options.attributes())));
      attach(calls, mount, target, object);
      calls.add(Call.of(Syscall.close, object, mount));
      calls.add(Call.of(Syscall.close, object, context));
      return new Sequence(calls);
    }

    @Override
    public String summary() {
      return "mount " + type + " on " + target;
    }

    private static Call option(String object, Argument context, String option) {
      int equals = option.indexOf('=');
      String what = object + " with " + option;
      return equals < 0
          ? Call.of(Syscall.fsconfig, what, context, FSCONFIG_SET_FLAG, option, Bits.NULL, 0)
          : Call.of(
              Syscall.fsconfig,
              what,
              context,
              FSCONFIG_SET_STRING,
              option.substring(0, equals),
              option.substring(equals + 1),
              0);
    }
  }

  /// Attach a tree of the host that [OpenTree] has taken hold of.
  record AttachTree(String source, int tree, String target, MountOptions options)
      implements MountStep {
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
      if (options.propagation() != 0) {
        boolean all = (options.propagation() & MS_REC) != 0;
        calls.add(
            change(
                descriptor,
                target,
                all
                    ? Argument.of(0x9000, "AT_EMPTY_PATH|AT_RECURSIVE")
                    : Argument.of(0x1000, "AT_EMPTY_PATH"),
                "{propagation=" + MountOptions.propagationName(options.propagation()) + "}",
                Bits.longs(0, 0, options.propagation() & ~MS_REC, 0)));
      }
      attach(calls, descriptor, target, target);
      calls.add(Call.of(Syscall.close, source, descriptor));
      return new Sequence(calls);
    }

    @Override
    public String summary() {
      return "show " + source + " at " + target;
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
  }

  /// Let go of the host's files: from here on no path leads to them.
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

  /// Hide a path, where it exists: a file under /dev/null, a directory under an empty tmpfs.
  record MaskPath(String path) implements MountStep {
    @Override
    public Sequence calls() {
      return Sequence.of(
          exists(path + "/.").skippingTo(4), // a bind that fails waits for an RCU grace period
          exists(path).skippingTo(3),
          exists("/").skippingTo(5),
          Call.of(
                  Syscall.mount,
                  path,
                  "/dev/null",
                  path,
                  Bits.NULL,
                  Argument.of(MS_BIND, "MS_BIND"),
                  Bits.NULL)
              .skippingTo(5),
          Call.of(
              Syscall.mount,
              path,
              "tmpfs",
              path,
              "tmpfs",
              Argument.of(MS_RDONLY, "MS_RDONLY"),
              "nr_blocks=1,nr_inodes=1"));
    }

    @Override
    public String summary() {
      return "hide " + path;
    }
  }

  /// Make a path read-only, where it exists, with all that is mounted below it.
  record ReadonlyPath(String path) implements MountStep {
    @Override
    public Sequence calls() {
      return Sequence.of(
          exists(path).skippingTo(2),
          exists("/").skippingTo(4),
          Call.of(
              Syscall.mount,
              path,
              path,
              path,
              Bits.NULL,
              Argument.of(MS_BIND | MS_REC, "MS_BIND|MS_REC"),
              Bits.NULL),
          readonly(path, Argument.of(0x8000, "AT_RECURSIVE")));
    }

    @Override
    public String summary() {
      return "make " + path + " read-only";
    }
  }

  /// Make a mount read-only, but not what is mounted in it.
  record ReadonlyMount(String path) implements MountStep {
    @Override
    public Sequence calls() {
      return Sequence.of(readonly(path, Argument.of(0)));
    }

    @Override
    public String summary() {
      return path.equals("/")
          ? "make the root filesystem read-only"
          : "make " + path + " read-only";
    }
  }

  private static Call exists(String path) {
    return Call.of(Syscall.faccessat, path, Bits.AT_FDCWD, path, Argument.of(0, "F_OK"))
        .allowedToFail();
  }

  private static Call readonly(String path, Argument flags) {
    return Call.of(
        Syscall.mount_setattr,
        path,
        Bits.AT_FDCWD,
        path,
        flags,
        Argument.Struct.of(
            "{attr_set=MOUNT_ATTR_RDONLY}", Bits.longs(MountOptions.MOUNT_ATTR_RDONLY, 0, 0, 0)),
        32);
  }

  /// Resolve the target once, inside the root, and put the mount there.
  private static void attach(List<Call> calls, Argument mount, String target, String object) {
    var place = new Argument.Result(calls.size());
    calls.add(
        Call.of(
            Syscall.openat2,
            target,
            Bits.AT_FDCWD,
            target,
            Argument.Struct.of(
                "{flags=O_PATH|O_CLOEXEC, resolve=RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS}",
                Bits.longs(0x280000, 0, 0x12)),
            24));
    calls.add(
        Call.of(
            Syscall.move_mount,
            object,
            mount,
            "",
            place,
            "",
            Argument.of(0x44, "MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH")));
    calls.add(Call.of(Syscall.close, target, place));
  }
}
