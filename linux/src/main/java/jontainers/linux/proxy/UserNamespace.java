package jontainers.linux.proxy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import jontainers.linux.Arch;
import jontainers.linux.Errno;
import jontainers.linux.Exec;
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

  private static final Argument CLONE_NEWNS = Argument.of(0x20000, "CLONE_NEWNS");
  private static final int SIGKILL = 9;

  /// Where standard streams are kept while their numbers are used for something else.
  private static final int ABOVE = 200;

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
  ///
  /// @param first is done inside before the namespace is returned
  public NetworkNamespace network(NetworkNamespace.Deed first) throws SyscallException {
    return held(
        List.of(fd),
        Call.of(Syscall.unshare, "network namespace", CLONE_NEWNET),
        holder -> NetworkNamespace.of(Fd.open(holder.resolve("ns/net"), Fd.O_RDONLY), first));
  }

  /// Replace this process by a program that is root in a new user namespace and has mounts of its
  /// own: the same process to whoever waits for it, with the same streams. Does not return.
  ///
  /// @param program a path
  /// @param arguments argv, its own name first
  /// @param environment `NAME=value`
  /// @throws SyscallException where nothing has changed yet
  public static void execute(
      IdMaps maps, String program, List<Argument.Text> arguments, List<Argument.Text> environment)
      throws SyscallException {
    try (var users = create(maps);
        var image = Memfd.executable("jontainers", ProxyImage.elf(Arch.current()));
        var stdout = Fd.duplicate(1, ABOVE);
        var stderr = Fd.duplicate(2, ABOVE);
        var stdin = Fd.duplicate(0, ABOVE)) {
      var calls =
          executing(program, new Argument.Texts(arguments), new Argument.Texts(environment));
      var frame = Frame.of(Arch.current(), List.of(List.of(calls)), Roles.CONTROL);
      if (frame.length > Frame.LIMIT) {
        throw new SyscallException("execve", program, Errno.E2BIG);
      }
      var control = PacketSocket.pair("the control socket");
      try (var ours = control.first();
          var theirs = control.second()) {
        ours.send(frame);
        Exec.replace(
            image.procPath().toString(),
            List.of("jontainers"),
            List.of(theirs.fd(), stdout, stderr, stdin, users.fd));
      }
    }
  }

  /// What a proxy does between two programs of this process. Nobody reads its reply, so it says
  /// itself what has failed.
  private static Sequence executing(
      String program, Argument.Texts arguments, Argument.Texts environment) {
    var calls = new ArrayList<Call>();
    calls.add(Call.of(Syscall.dup3, "", 0, Roles.CONTROL, Argument.of(0x80000, "O_CLOEXEC")));
    calls.add(Call.of(Syscall.dup3, "", 3, 0, 0));
    orSay(calls, "the user namespace", Call.of(Syscall.setns, "", 4, CLONE_NEWUSER));
    orSay(calls, "a mount namespace", Call.of(Syscall.unshare, "", CLONE_NEWNS));
    calls.add(Call.of(Syscall.close_range, "", 3, Roles.CONTROL - 1, 0));
    calls.add(Call.of(Syscall.close_range, "", Roles.CONTROL + 1, Argument.of(0xffffffffL), 0));
    var none = Argument.Struct.of("[]", new byte[8]);
    calls.add(Call.of(Syscall.rt_sigprocmask, "", 2, none, 0, 8)); // SIG_SETMASK
    orSay(calls, program, Call.of(Syscall.execve, "", program, arguments, environment));
    return new Sequence(calls);
  }

  private static void orSay(List<Call> calls, String what, Call call) {
    byte[] message =
        ("jontainers: cannot enter " + what + " without root\n").getBytes(StandardCharsets.UTF_8);
    byte[] padded = Arrays.copyOf(message, (message.length + 7) & ~7);
    calls.add(call.allowedToFail().skippingTo(calls.size() + 3));
    calls.add(
        Call.of(Syscall.write, "", 2, Argument.Struct.of("message", padded), message.length)
            .allowedToFail());
    calls.add(Call.of(Syscall.exit_group, "", 125));
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
