package jontainers.linux.proxy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jontainers.linux.Arch;
import jontainers.linux.Errno;
import jontainers.linux.Fd;
import jontainers.linux.IdMaps;
import jontainers.linux.Memfd;
import jontainers.linux.NetworkNamespace;
import jontainers.linux.PacketSocket;
import jontainers.linux.Pidfd;
import jontainers.linux.Spawn;
import jontainers.linux.Syscall;
import jontainers.linux.SyscallException;

/// Own a user namespace that no process lives in: user_namespaces(7).
///
/// A JVM has many threads and cannot make one. A proxy does, for as long as it takes to write its
/// maps and to open its file. Safe for any thread.
public final class UserNamespace implements AutoCloseable {
  private static final Argument CLONE_NEWUSER = Argument.of(0x10000000, "CLONE_NEWUSER");
  private static final Argument CLONE_NEWNET = Argument.of(0x40000000, "CLONE_NEWNET");

  private static final int SIGKILL = 9;

  /// Where a proxy finds the descriptor that it is given beside its control socket.
  private static final int GIVEN = 1;

  private final Fd fd;

  private UserNamespace(Fd fd) {
    this.fd = fd;
  }

  /// Make one.
  ///
  /// @throws SyscallException EPERM where this process may not map these ids; ENOSPC at the limit
  ///   `user.max_user_namespaces`
  public static UserNamespace create(IdMaps maps) throws SyscallException {
    return held(
        List.of(),
        Call.of(Syscall.unshare, "user namespace", CLONE_NEWUSER),
        holder -> {
          maps.write(holder);
          return new UserNamespace(Fd.open(holder.resolve("ns/user"), Fd.O_RDONLY));
        });
  }

  /// Make a network namespace that belongs to it, so that its root may change it. For root.
  public NetworkNamespace network() throws SyscallException {
    return held(
        List.of(fd),
        Call.of(Syscall.unshare, "network namespace", CLONE_NEWNET),
        holder -> NetworkNamespace.of(Fd.open(holder.resolve("ns/net"), Fd.O_RDONLY)));
  }

  /// Return the namespace's descriptor, lent.
  public Fd fd() {
    return fd;
  }

  /// Let go of the namespace; it lives on as long as a process or another namespace is in it.
  @Override
  public void close() {
    fd.close();
  }

  /// Takes what it needs of a process in the new namespace.
  private interface Taking<T> {
    T from(Path process) throws SyscallException;
  }

  private static <T> T held(List<Fd> joined, Call making, Taking<T> taking)
      throws SyscallException {
    var calls = calls(!joined.isEmpty(), making);
    var parts = List.of(List.of(new Sequence(calls)));
    var control = PacketSocket.pair("a namespace's holder");
    try (var ours = control.first()) {
      ours.send(Frame.of(Arch.current(), parts, Roles.CONTROL));
      try (var holder = spawn(control.second(), joined)) {
        try {
          requireDone(calls, ours.receive(Frame.replyLength(parts)).bytes());
          return taking.from(Path.of("/proc", Integer.toString(holder.pid())));
        } finally {
          holder.sendSignal(SIGKILL);
          var _ = holder.waitFor();
        }
      }
    }
  }

  /// Take the control socket, enter what is given, let go of everything else, and do it.
  private static List<Call> calls(boolean enters, Call making) {
    var calls = new ArrayList<Call>();
    calls.add(Call.of(Syscall.dup3, "the control socket", 0, Roles.CONTROL, 0));
    if (enters) {
      calls.add(Call.of(Syscall.setns, "the user namespace", GIVEN, CLONE_NEWUSER));
    }
    calls.add(Call.of(Syscall.close_range, "descriptors", 0, Roles.CONTROL - 1, 0));
    calls.add(
        Call.of(
            Syscall.close_range, "descriptors", Roles.CONTROL + 1, Argument.of(0xffffffffL), 0));
    calls.add(making);
    return calls;
  }

  /// @param theirs is closed: only the holder has it then
  private static Pidfd spawn(PacketSocket theirs, List<Fd> joined) throws SyscallException {
    try (theirs;
        var image = Memfd.executable("jontainers", ProxyImage.elf(Arch.current()))) {
      var descriptors = new ArrayList<Fd>(List.of(theirs.fd()));
      descriptors.addAll(joined);
      return Pidfd.open(
          Spawn.spawn(image.procPath().toString(), List.of("jontainers"), List.of(), descriptors));
    }
  }

  private static void requireDone(List<Call> calls, byte[] reply) throws SyscallException {
    if (reply.length == 0) {
      throw new SyscallException("posix_spawn", "the holder ended early", Errno.ECHILD);
    }
    long[] results = Frame.results(reply, 0, calls.size());
    for (int i = 0; i < results.length; i++) {
      if (results[i] < 0 && results[i] > -4096) {
        var call = calls.get(i);
        throw new SyscallException(
            call.syscall().name(), call.object(), Errno.of((int) -results[i]));
      }
    }
  }
}
