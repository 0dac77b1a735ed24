package jontainers.linux;

import java.nio.file.Path;

/// Own a network namespace that no process lives in, and a rtnetlink socket inside it.
///
/// **Why a JVM may do this.** A network namespace belongs to a task, that is to a thread, and
/// unshare(2) and setns(2) with CLONE_NEWNET change the calling thread alone (unlike CLONE_NEWUSER
/// and CLONE_NEWNS they ask for no single-threaded process). Each method here starts a platform
/// thread, changes *its* namespace, takes the file descriptors and lets the thread end. The thread
/// is in no pool, so no other Java code can ever run on it; a Java platform thread is one kernel
/// task, which dies with it. Descriptors belong to the process: `/proc/thread-self/ns/net` keeps
/// the namespace alive, and a socket stays in the namespace of the task that made it.
///
/// **What an action must not do.** A thread *started* from the namespace would be born inside it.
/// So an action makes sockets and reads or writes files, and nothing that starts threads, not even
/// lazily (direct buffers start the JDK's cleaner). `/proc/net` is a link to the *process* and
/// shows the old namespace; `/proc/thread-self/net` and `/proc/sys/net` go by the calling task.
///
/// Cost and alternatives: docs/decisions/0002-network-namespaces-by-throwaway-thread.md. See
/// network_namespaces(7), unshare(2), setns(2). Safe for any thread.
public final class NetworkNamespace implements AutoCloseable {
  private static final int CLONE_NEWNET = 0x40000000;
  private static final Path OWN = Path.of("/proc/thread-self/ns/net");

  private final Fd fd;
  private final Socket route;

  private NetworkNamespace(Fd fd, Socket route) {
    this.fd = fd;
    this.route = route;
  }

  /// Make a namespace with nothing in it but `lo`, which is down.
  ///
  /// It lives as long as a descriptor, a process or a mount holds it.
  ///
  /// @throws SyscallException EPERM without CAP_SYS_ADMIN, EINVAL without CONFIG_NET_NS, ENOSPC at
  ///   the limit `user.max_net_namespaces`
  public static NetworkNamespace create() throws SyscallException {
    return create(() -> {});
  }

  /// Make a namespace and do something in it, in the same short thread.
  public static NetworkNamespace create(Deed first) throws SyscallException {
    return throwaway(() -> {
      long _ = Kernel.call(Syscall.unshare, "network namespace", CLONE_NEWNET);
      first.run();
      var fd = current();
      try {
        return new NetworkNamespace(fd, routeSocket());
      } catch (SyscallException e) {
        fd.close();
        throw e;
      }
    });
  }

  /// Take over a namespace that somebody else has made.
  ///
  /// @param netns is owned by the result, and closed where there is none
  /// @throws SyscallException EPERM without CAP_SYS_ADMIN over the namespace's owner
  public static NetworkNamespace of(Fd netns) throws SyscallException {
    return of(netns, () -> {});
  }

  /// Take over a namespace and do something in it, in the same short thread.
  public static NetworkNamespace of(Fd netns, Deed first) throws SyscallException {
    try {
      return enter(
          netns,
          () -> {
            first.run();
            return new NetworkNamespace(netns, routeSocket());
          });
    } catch (SyscallException e) {
      netns.close();
      throw e;
    }
  }

  /// Open the calling thread's own namespace.
  public static Fd current() throws SyscallException {
    return Fd.open(OWN, Fd.O_RDONLY);
  }

  /// Run a short action inside a namespace and return what it returns.
  ///
  /// The caller waits, even when interrupted, since the action may own descriptors; the interrupt
  /// is kept for later.
  ///
  /// @throws SyscallException EPERM without CAP_SYS_ADMIN over the namespace's owner
  public static <T, E extends Exception> T enter(Fd netns, Action<T, E> action)
      throws SyscallException, E {
    return NetworkNamespace.<T, E>throwaway(() -> {
      long _ = Kernel.call(Syscall.setns, netns.name(), netns.number(), CLONE_NEWNET);
      return action.run();
    });
  }

  /// What [#enter] runs on the throw-away thread.
  @FunctionalInterface
  public interface Action<T, E extends Exception> {
    T run() throws E, SyscallException;
  }

  /// What is done in a namespace before anybody else knows it.
  @FunctionalInterface
  public interface Deed {
    void run() throws SyscallException;
  }

  /// Return the namespace's descriptor, lent.
  public Fd fd() {
    return fd;
  }

  /// Return the rtnetlink socket inside, lent.
  public Socket route() {
    return route;
  }

  /// Let go of the namespace; the kernel destroys it and its links later, in a worker thread.
  @Override
  public void close() {
    route.close();
    fd.close();
  }

  private static Socket routeSocket() throws SyscallException {
    return Socket.open(
        Socket.AF_NETLINK, Socket.SOCK_RAW, Socket.NETLINK_ROUTE, "netlink route socket");
  }

  private static <T, E extends Exception> T throwaway(Action<T, E> action)
      throws SyscallException, E {
    return ThrowawayThread.run("netns", action::run);
  }
}
