package jontainers.linux.seccomp;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The second way into some calls of i386: `socketcall(call, …)` and `ipc(call, …)`.
///
/// Linux 4.3 gave most of them numbers of their own, so a rule for such a call has to stand for
/// both. As in libseccomp, what a rule says of argument 0 is replaced by the call's index: the real
/// arguments lie in memory, where no filter can look. Source: include/uapi/linux/net.h and ipc.h.
///
/// @param number of the multiplexer
/// @param index of the call in it
record Multiplexer(int number, int index) {
  private static final int SOCKETCALL = 102;
  private static final int IPC = 117;

  private static final Map<String, Multiplexer> CALLS =
      Map.ofEntries(
          socket("socket", 1),
          socket("bind", 2),
          socket("connect", 3),
          socket("listen", 4),
          socket("accept", 5),
          socket("getsockname", 6),
          socket("getpeername", 7),
          socket("socketpair", 8),
          socket("send", 9),
          socket("recv", 10),
          socket("sendto", 11),
          socket("recvfrom", 12),
          socket("shutdown", 13),
          socket("setsockopt", 14),
          socket("getsockopt", 15),
          socket("sendmsg", 16),
          socket("recvmsg", 17),
          socket("accept4", 18),
          socket("recvmmsg", 19),
          socket("sendmmsg", 20),
          ipc("semop", 1),
          ipc("semget", 2),
          ipc("semctl", 3),
          ipc("semtimedop", 4),
          ipc("msgsnd", 11),
          ipc("msgrcv", 12),
          ipc("msgget", 13),
          ipc("msgctl", 14),
          ipc("shmat", 21),
          ipc("shmdt", 22),
          ipc("shmget", 23),
          ipc("shmctl", 24));

  /// Return how else a call is reached, or null.
  static @Nullable Multiplexer of(String name, Abi abi) {
    return abi == Abi.X86 ? CALLS.get(name) : null;
  }

  /// Return the comparisons of a rule for the call, made of the multiplexer's arguments.
  List<Argument> arguments(List<Argument> direct) {
    var arguments = new ArrayList<Argument>();
    arguments.add(new Argument(0, Operator.SCMP_CMP_EQ, index));
    for (var argument : direct) {
      if (argument.index() != 0) {
        arguments.add(argument);
      }
    }
    return arguments;
  }

  private static Map.Entry<String, Multiplexer> socket(String name, int index) {
    return Map.entry(name, new Multiplexer(SOCKETCALL, index));
  }

  private static Map.Entry<String, Multiplexer> ipc(String name, int index) {
    return Map.entry(name, new Multiplexer(IPC, index));
  }
}
