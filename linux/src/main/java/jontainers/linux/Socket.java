package jontainers.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/// Own a socket of any address family, with the calls of socket(2), socket(7) and netlink(7).
///
/// Blocking; [#receiveTimeout] sets the deadline of a receive. A blocked call pins a virtual
/// thread's carrier. Safe for any thread as far as the kernel's socket is; whoever pairs a send
/// with its answer needs a lock of their own.
public final class Socket implements AutoCloseable {
  public static final int AF_UNIX = 1;
  public static final int AF_INET = 2;
  public static final int AF_INET6 = 10;
  public static final int AF_NETLINK = 16;

  public static final int SOCK_STREAM = 1;
  public static final int SOCK_DGRAM = 2;
  public static final int SOCK_RAW = 3;
  public static final int SOCK_SEQPACKET = 5;

  public static final int NETLINK_ROUTE = 0;
  public static final int NETLINK_NETFILTER = 12;

  public static final int SOL_SOCKET = 1;
  public static final int SOL_NETLINK = 270;
  public static final int SO_TYPE = 3;
  public static final int SO_ACCEPTCONN = 30;
  public static final int SO_DOMAIN = 39;

  /// Do not block: EAGAIN instead.
  public static final int MSG_DONTWAIT = 0x40;

  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int SO_RCVTIMEO = 20;
  private static final int MSG_TRUNC = 0x20;

  private final Fd fd;

  private Socket(Fd fd) {
    this.fd = fd;
  }

  /// Make a socket, close-on-exec, in the calling thread's network namespace: socket(2).
  public static Socket open(int domain, int type, int protocol, String name)
      throws SyscallException {
    long number = Kernel.call(Syscall.socket, name, domain, type | SOCK_CLOEXEC, protocol);
    return new Socket(Fd.owning((int) number, name));
  }

  /// Take ownership of a descriptor that is a socket.
  public static Socket owning(Fd fd) {
    return new Socket(fd);
  }

  /// Return the descriptor, lent.
  public Fd fd() {
    return fd;
  }

  /// Encode a path as struct sockaddr_un: unix(7).
  ///
  /// @throws SyscallException with ENAMETOOLONG where it is longer than the 107 bytes that fit
  public static byte[] unixAddress(Path path) throws SyscallException {
    byte[] name = RawText.encode(RawText.of(path));
    if (name.length > 107) {
      throw new SyscallException(
          "name a socket", RawText.of(path.getFileName()), Errno.ENAMETOOLONG);
    }
    byte[] address = new byte[2 + name.length + 1];
    address[0] = AF_UNIX;
    System.arraycopy(name, 0, address, 2, name.length);
    return address;
  }

  /// Give the socket an address, a `struct sockaddr` in the kernel's layout: bind(2).
  public void bind(byte[] address) throws SyscallException {
    withAddress(Syscall.bind, address);
  }

  /// Set where to send to and the only one to receive from: connect(2).
  public void connect(byte[] address) throws SyscallException {
    withAddress(Syscall.connect, address);
  }

  /// Connect to a unix socket by its path, however long that is: by the descriptor of its
  /// directory.
  public void connect(Path socket) throws SyscallException {
    try (var directory =
        Fd.open(
            Objects.requireNonNull(socket.toAbsolutePath().getParent()),
            Fd.O_PATH | Fd.O_DIRECTORY)) {
      connect(unixAddress(directory.procPath().resolve(socket.getFileName())));
    }
  }

  /// Send a message and descriptors, which the kernel copies: sendmsg(2) with SCM_RIGHTS.
  public void send(byte[] message, List<Fd> descriptors) throws SyscallException {
    PacketSocket.send(fd, message, descriptors);
  }

  /// Ask for an option that is a number, of any socket: getsockopt(2).
  public static int option(Fd socket, int level, int option) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      var value = arena.allocate(JAVA_INT, 2);
      Memory.putInt(value, 4, 4); // the length, behind the value
      Kernel.call(
          Syscall.getsockopt,
          socket.name(),
          socket.number(),
          level,
          option,
          value.address(),
          value.address() + 4);
      return Memory.getInt(value, 0);
    }
  }

  /// Set an option whose value is an int: setsockopt(2).
  public void setOption(int level, int option, int value) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      var segment = arena.allocate(JAVA_INT);
      Memory.putInt(segment, 0, value);
      setOption(level, option, segment);
    }
  }

  /// Let a receive end with EAGAIN after this long; zero means never: SO_RCVTIMEO of socket(7).
  public void receiveTimeout(Duration timeout) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      var timeval = arena.allocate(JAVA_LONG, 2);
      Memory.putLong(timeval, 0, timeout.toSeconds());
      Memory.putLong(timeval, 8, timeout.toNanosPart() / 1000);
      setOption(SOL_SOCKET, SO_RCVTIMEO, timeval);
    }
  }

  /// Send a whole message to where the socket is connected: sendto(2).
  public void send(byte[] bytes, int offset, int length) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      var segment = arena.allocate(Math.max(1, length));
      Memory.put(segment, 0, bytes, offset, length);
      long sent = Kernel.call(Syscall.sendto, fd.name(), fd.number(), segment.address(), length);
      if (sent != length) {
        throw new SyscallException("sendto", fd.name(), Errno.EMSGSIZE, sent + " bytes were sent");
      }
    }
  }

  /// Receive one message and return its length: recvfrom(2).
  ///
  /// @param flags 0 or [#MSG_DONTWAIT]
  /// @throws SyscallException EMSGSIZE when the message is longer than the buffer (the rest is
  ///   lost), EAGAIN at the deadline
  public int receive(byte[] buffer, int flags) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      var segment = arena.allocate(Math.max(1, buffer.length));
      long length =
          Kernel.call(
              Syscall.recvfrom,
              fd.name(),
              fd.number(),
              segment.address(),
              buffer.length,
              flags | MSG_TRUNC);
      if (length > buffer.length) {
        throw new SyscallException(
            "recvfrom", fd.name(), Errno.EMSGSIZE, length + " bytes for " + buffer.length);
      }
      Memory.get(segment, 0, buffer, 0, (int) length);
      return (int) length;
    }
  }

  @Override
  public void close() {
    fd.close();
  }

  private void withAddress(Syscall call, byte[] address) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      var segment = arena.allocate(address.length, 8);
      Memory.put(segment, 0, address, 0, address.length);
      long _ = Kernel.call(call, fd.name(), fd.number(), segment.address(), address.length);
    }
  }

  private void setOption(int level, int option, MemorySegment value) throws SyscallException {
    long _ =
        Kernel.call(
            Syscall.setsockopt,
            fd.name(),
            fd.number(),
            level,
            option,
            value.address(),
            value.byteSize());
  }
}
