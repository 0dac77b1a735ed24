package jontainers.runtime.step;

import java.util.ArrayList;
import jontainers.linux.Syscall;
import jontainers.linux.proxy.Argument;
import jontainers.linux.proxy.Call;
import jontainers.linux.proxy.Sequence;

/// Steps between those that make a container and the one that starts its program: the lifecycle of
/// runtime.md.
public sealed interface LifecycleStep extends Step {

  /// Stand still while the runtime does something that only it can.
  ///
  /// @param why what that is
  record Pause(Reason why) implements LifecycleStep {
    /// What a runtime does meanwhile.
    public enum Reason {
      /// It runs the hooks that come before the program.
      HOOKS("the hooks run"),
      /// It moves network devices into the container's namespace.
      NETWORK_DEVICES("network devices are moved in"),
      /// It asks systemd for a unit of the process.
      UNIT("systemd moves it into its cgroup"),
      /// It copies what new filesystems in memory cover.
      COPY_UP("what is covered is copied up"),
      /// It sets how the terminal behaves that it copies from.
      TERMINAL("the terminal is set"),
      /// It has the control socket make way for the caller's descriptors.
      DESCRIPTORS("the control socket makes way"),
      /// It writes down that there is a container.
      STATE("the runtime writes down what it has made");

      private final String text;

      Reason(String text) {
        this.text = text;
      }
    }

    @Override
    public Sequence calls() {
      return Sequence.of();
    }

    @Override
    public String summary() {
      return "stand still while " + why.text;
    }
  }

  /// Wait for whoever starts the container, who connects to a socket in its state directory; the
  /// connection then is the control socket, so that they hear when the program cannot be executed.
  ///
  /// A dead container refuses the connection, where a FIFO would let them hang.
  ///
  /// @param listening the socket's descriptor
  /// @param control where the process has its control socket
  record AwaitStart(int listening, int control) implements LifecycleStep {
    /// Wait where the control socket is in its usual place.
    public AwaitStart(int listening) {
      this(listening, Descriptors.LAST_CONTROL - 1);
    }

    @Override
    public Sequence calls() {
      String socket = "the start socket";
      var connection = new Argument.Result(0);
      return Sequence.of(
          Call.of(
              Syscall.accept4,
              socket,
              listening,
              Bits.NULL,
              Bits.NULL,
              Argument.of(0x80000, "SOCK_CLOEXEC")),
          Call.of(Syscall.dup3, socket, connection, control, Bits.O_CLOEXEC),
          Call.of(Syscall.close, socket, connection),
          Call.of(Syscall.close, socket, listening));
    }

    @Override
    public String summary() {
      return "wait for the start";
    }
  }

  /// Show hooks the host's files with the container's at their place among them, in the container's
  /// own mount namespace: whoever enters that begins at the topmost mount of its root.
  ///
  /// What a hook mounts into the container arrives there, since both views of its root are peers.
  /// They become so at the end, when nothing is mounted any more that would arrive in the other;
  /// and nothing is mounted onto a tree that is not attached itself, which kernels before 6.15
  /// refuse.
  ///
  /// @param tree the host's files, which [MountStep.OpenTree] has taken hold of
  /// @param root where the container's root filesystem lies among them
  record ShowHost(int tree, String root) implements LifecycleStep {
    @Override
    public Sequence calls() {
      var host = Argument.of(Descriptors.tree(tree));
      var calls = new ArrayList<Call>();
      var clone = new Argument.Result(calls.size());
      calls.add(
          Call.of(
              Syscall.open_tree,
              root,
              Bits.AT_FDCWD,
              "/",
              Argument.of(0x88001, "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE")));
      MountStep.attach(
          calls, host, Place.inRoot("/"), "the host's files", MountStep.RESOLVE_IN_ROOT);
      MountStep.attach(
          calls,
          clone,
          new Place(Descriptors.tree(tree), root.substring(1), root),
          root,
          MountStep.RESOLVE_IN_ROOT);
      calls.add(MountStep.propagate("/", 0x100000, "MS_SHARED"));
      calls.add(
          Call.of(
              Syscall.move_mount,
              root,
              Bits.AT_FDCWD,
              "/",
              clone,
              "",
              Argument.of(0x140, "MOVE_MOUNT_SET_GROUP|MOVE_MOUNT_T_EMPTY_PATH")));
      calls.add(Call.of(Syscall.close, root, clone));
      return new Sequence(calls);
    }

    @Override
    public String summary() {
      return "show hooks the host's files";
    }
  }

  /// Take away what [ShowHost] has shown; the two views part first, or the container's own mounts
  /// would go with those of the other.
  record HideHost(int tree) implements LifecycleStep {
    @Override
    public Sequence calls() {
      String host = "the host's files";
      int descriptor = Descriptors.tree(tree);
      return Sequence.of(
          MountStep.propagate("/", 0x40000, "MS_PRIVATE"),
          Call.of(Syscall.fchdir, host, descriptor),
          Call.of(Syscall.umount2, host, ".", Argument.of(2, "MNT_DETACH")),
          Call.of(Syscall.chdir, "/", "/"),
          Call.of(Syscall.close, host, descriptor));
    }

    @Override
    public String summary() {
      return "take the host's files away again";
    }
  }
}
