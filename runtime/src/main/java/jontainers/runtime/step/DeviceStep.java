package jontainers.runtime.step;

import java.util.ArrayList;
import jontainers.linux.Syscall;
import jontainers.linux.proxy.Argument;
import jontainers.linux.proxy.Call;
import jontainers.linux.proxy.Sequence;

/// Steps about /dev: null(4), pts(4).
public sealed interface DeviceStep extends Step {
  /// How what is directly in /dev is reached.
  enum Dev {
    /// By its path.
    BY_PATH,
    /// By [Descriptors#DEV]: it was just mounted there.
    HELD
  }

  /// Make a device node, where the user has not mounted something that has one.
  ///
  /// @param mode type and permissions, as mknod(2) takes them
  record MakeDevice(String path, int mode, int major, int minor, long uid, long gid, Dev dev)
      implements DeviceStep {
    @Override
    public Sequence calls() {
      var calls = new ArrayList<Call>();
      var parent = InodeCalls.parent(calls, path, dev);
      boolean owned = uid != 0 || gid != 0;
      int made = calls.size() + (owned ? 3 : 2);
      calls.add(InodeCalls.exists(path, parent).skippingTo(made));
      calls.add(
          Call.of(
              Syscall.mknodat,
              path,
              parent,
              InodeCalls.name(path),
              Bits.mode(mode),
              Argument.of(device(), "makedev(" + major + ", " + minor + ")")));
      if (owned) {
        calls.add(InodeCalls.changeOwner(path, parent, uid, gid));
      }
      InodeCalls.close(calls, parent);
      return new Sequence(calls);
    }

    @Override
    public String summary() {
      return "make the device " + path;
    }

    /// Encode as makedev(3) does.
    private long device() {
      return (minor & 0xffL)
          | ((major & 0xfffL) << 8)
          | ((minor & ~0xffL) << 12)
          | ((major & ~0xfffL) << 32);
    }
  }

  /// Show a device node of the host, where none can be made: in a user namespace mknod(2) makes no
  /// device.
  ///
  /// @param tree the node, which [MountStep.OpenTree] has taken hold of
  record BindDevice(String path, int tree) implements DeviceStep {
    @Override
    public Sequence calls() {
      var calls = new ArrayList<Call>();
      int descriptor = Descriptors.tree(tree);
      InodeCalls.file(calls, path, "", 0666, Dev.BY_PATH);
      MountStep.attach(
          calls, Argument.of(descriptor), Place.inRoot(path), path, MountStep.RESOLVE_IN_ROOT);
      calls.add(Call.of(Syscall.close, path, descriptor));
      return new Sequence(calls);
    }

    @Override
    public String summary() {
      return "show the host's device at " + path;
    }
  }

  /// Make a symbolic link.
  record MakeLink(String path, String target, Dev dev) implements DeviceStep {
    @Override
    public Sequence calls() {
      var calls = new ArrayList<Call>();
      var parent = InodeCalls.parent(calls, path, dev);
      calls.add(
          Call.of(Syscall.symlinkat, path, target, parent, InodeCalls.name(path)).allowedToFail());
      InodeCalls.close(calls, parent);
      return new Sequence(calls);
    }

    @Override
    public String summary() {
      return "link " + path + " to " + target;
    }
  }

  /// What becomes of /dev/console.
  enum Console {
    /// The terminal is shown there.
    COVERED,
    /// It stays what it is.
    LEFT
  }

  /// Open a terminal of the container's own devpts, make it the controlling one, standard streams
  /// and /dev/console, and send its master to the JVM: ioctl_tty(2), unix(7).
  ///
  /// @param console whether it becomes /dev/console
  record OpenTerminal(int rows, int columns, long uid, Console console) implements DeviceStep {
    /// Open the terminal of a container's first process.
    public OpenTerminal(int rows, int columns, long uid) {
      this(rows, columns, uid, Console.COVERED);
    }

    private static final String PTMX = "/dev/pts/ptmx";
    private static final String CONSOLE = "/dev/console";
    private static final int READ_WRITE = 0x80102;
    private static final String FLAGS = "O_RDWR|O_NOCTTY|O_CLOEXEC";

    @Override
    public Sequence calls() {
      var calls = new ArrayList<Call>();
      var master = new Argument.Result(0);
      var peer = new Argument.Result(3);
      calls.add(Place.inRoot(PTMX).open(READ_WRITE, FLAGS, MountStep.RESOLVE_IN_ROOT));
      calls.add(ioctl(master, 0x40045431, "TIOCSPTLCK", Argument.Struct.of("[0]", Bits.ints(0))));
      calls.add(
          ioctl(
              master,
              0x5414,
              "TIOCSWINSZ",
              Argument.Struct.of(
                  "{ws_row=" + rows + ", ws_col=" + columns + "}",
                  Bits.ints(rows | columns << 16, 0))));
      calls.add(ioctl(master, 0x5441, "TIOCGPTPEER", Argument.of(READ_WRITE, FLAGS)));
      calls.add(ioctl(peer, 0x540e, "TIOCSCTTY", Argument.of(0)));
      if (uid != 0) {
        calls.add(Call.of(Syscall.fchown, "the terminal", peer, uid, -1));
      }
      for (int stream = 0; stream <= 2; stream++) {
        calls.add(Call.of(Syscall.dup3, "standard stream", peer, stream, 0));
      }
      if (console == Console.COVERED) {
        console(calls, peer);
      }
      calls.add(
          Call.of(
              Syscall.dup3,
              "the terminal's master",
              master,
              Descriptors.TERMINAL_MASTER,
              Bits.O_CLOEXEC));
      calls.add(send(Descriptors.TERMINAL_MASTER, "the terminal's master"));
      for (var open : new Argument[] {master, peer, Argument.of(Descriptors.TERMINAL_MASTER)}) {
        calls.add(Call.of(Syscall.close, "the terminal", open));
      }
      return new Sequence(calls);
    }

    @Override
    public String summary() {
      return "open a terminal and hand its other end to the caller";
    }

    private static Call ioctl(Argument terminal, long request, String name, Argument argument) {
      return Call.of(Syscall.ioctl, "the terminal", terminal, Argument.of(request, name), argument);
    }

    /// The image's own /dev/console may be a link (CVE-2025-52565).
    private static void console(ArrayList<Call> calls, Argument peer) {
      var directory = InodeCalls.parent(calls, CONSOLE);
      calls.add(InodeCalls.emptyFile(CONSOLE, directory, InodeCalls.name(CONSOLE), 0600));
      InodeCalls.close(calls, directory);
      var tree = new Argument.Result(calls.size());
      calls.add(
          Call.of(
              Syscall.open_tree,
              CONSOLE,
              peer,
              "",
              Argument.of(0x81001, "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_EMPTY_PATH")));
      MountStep.attach(calls, tree, Place.inRoot(CONSOLE), CONSOLE, MountStep.RESOLVE_NO_SYMLINKS);
      calls.add(Call.of(Syscall.close, CONSOLE, tree));
    }
  }

  /// Pass a descriptor in a control message: struct msghdr, iovec, cmsghdr with SCM_RIGHTS.
  static Call send(int descriptor, String object) {
    var vector =
        Argument.Struct.of("iovec", Argument.Struct.of("byte", new byte[8]), Bits.longs(1));
    var control = Argument.Struct.of("cmsg", Bits.longs(20), Bits.ints(1, 1, descriptor, 0));
    var header =
        Argument.Struct.of(
            "{SCM_RIGHTS, [" + descriptor + "]}",
            Bits.longs(0, 0),
            vector,
            Bits.longs(1),
            control,
            Bits.longs(24, 0));
    return Call.of(
        Syscall.sendmsg,
        object,
        Descriptors.LAST_CONTROL - 1,
        header,
        Argument.of(0x4000, "MSG_NOSIGNAL"));
  }
}
