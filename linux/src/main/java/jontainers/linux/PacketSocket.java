package jontainers.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// Own one end of a SOCK_SEQPACKET socket pair: whole messages, in order, with descriptors.
///
/// unix(7). Blocking: use a platform thread. Confined to one thread at a time.
public final class PacketSocket implements AutoCloseable {
  private static final int AF_UNIX = 1;
  private static final int SOCK_SEQPACKET = 5;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;
  private static final int CONTROL_SIZE = 128;

  private final Fd fd;

  private PacketSocket(Fd fd) {
    this.fd = fd;
  }

  /// Two connected ends.
  public record Pair(PacketSocket first, PacketSocket second) {}

  /// A message and the descriptors that came with it; whoever receives it closes them.
  public record Message(byte[] bytes, List<Fd> descriptors) {}

  /// Make a connected pair, both ends close-on-exec: socketpair(2).
  public static Pair pair(String name) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      var two = arena.allocate(JAVA_INT, 2);
      Kernel.call(
          Syscall.socketpair, name, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, two.address());
      return new Pair(
          new PacketSocket(Fd.owning(Memory.getInt(two, 0), name)),
          new PacketSocket(Fd.owning(Memory.getInt(two, 4), name)));
    }
  }

  /// Make a listening socket with a name in a directory, for `accept4` of somebody else: unix(7).
  ///
  /// The name is reached by the directory's descriptor, so that a long path fits struct
  /// sockaddr_un.
  public static Fd listener(Path socket) throws SyscallException {
    try (var directory = Fd.open(parent(socket), Fd.O_PATH | Fd.O_DIRECTORY);
        var opened = Socket.open(AF_UNIX, SOCK_SEQPACKET, 0, RawText.of(socket))) {
      opened.bind(address(directory, socket));
      Kernel.call(Syscall.listen, RawText.of(socket), opened.fd().number(), 1);
      return Fd.duplicate(opened.fd().number(), 0);
    }
  }

  /// Connect to a listening socket by its name; ECONNREFUSED when nobody listens any more.
  public static PacketSocket connect(Path socket) throws SyscallException {
    try (var directory = Fd.open(parent(socket), Fd.O_PATH | Fd.O_DIRECTORY)) {
      var opened = Socket.open(AF_UNIX, SOCK_SEQPACKET, 0, RawText.of(socket));
      try {
        opened.connect(address(directory, socket));
        return new PacketSocket(opened.fd());
      } catch (SyscallException | RuntimeException e) {
        opened.close();
        throw e;
      }
    }
  }

  private static Path parent(Path socket) {
    return Objects.requireNonNull(socket.toAbsolutePath().getParent());
  }

  private static byte[] address(Fd directory, Path socket) throws SyscallException {
    return Socket.unixAddress(directory.procPath().resolve(socket.getFileName()));
  }

  /// Return the descriptor, lent.
  public Fd fd() {
    return fd;
  }

  /// Send one message: sendto(2); EPIPE when the other end is closed, EMSGSIZE when too long.
  public void send(byte[] message) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      var segment = arena.allocate(Math.max(1, message.length));
      Memory.put(segment, 0, message, 0, message.length);
      Kernel.call(
          Syscall.sendto,
          fd.name(),
          fd.number(),
          segment.address(),
          message.length,
          MSG_NOSIGNAL,
          0,
          0);
    }
  }

  /// Send a message of one byte with descriptors, which the kernel copies: sendmsg(2).
  public void send(List<Fd> descriptors) throws SyscallException {
    send(fd, new byte[1], descriptors);
  }

  static void send(Fd fd, byte[] message, List<Fd> descriptors) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      var bytes = arena.allocate(Math.max(1, message.length));
      Memory.put(bytes, 0, message, 0, message.length);
      var vector = arena.allocate(16, 8);
      Memory.putLong(vector, 0, bytes.address());
      Memory.putLong(vector, 8, message.length);
      long length = 16 + 4L * descriptors.size();
      var control = arena.allocate((length + 7) & ~7L, 8); // struct cmsghdr: length, level, type
      Memory.putLong(control, 0, length);
      Memory.putInt(control, 8, SOL_SOCKET);
      Memory.putInt(control, 12, SCM_RIGHTS);
      for (int i = 0; i < descriptors.size(); i++) {
        Memory.putInt(control, 16 + 4L * i, descriptors.get(i).number());
      }
      var header = arena.allocate(56, 8); // struct msghdr
      Memory.putLong(header, 16, vector.address());
      Memory.putLong(header, 24, 1);
      Memory.putLong(header, 32, control.address());
      Memory.putLong(header, 40, control.byteSize());
      Kernel.call(Syscall.sendmsg, fd.name(), fd.number(), header.address(), MSG_NOSIGNAL);
    }
  }

  /// Receive one message of at most `limit` bytes: recvmsg(2); empty at the end.
  ///
  /// A reset (the other end closed without having read everything) is the end, too.
  public Message receive(int limit) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      var data = arena.allocate(limit, 8);
      var control = arena.allocate(CONTROL_SIZE, 8);
      var vector = arena.allocate(16, 8);
      Memory.putLong(vector, 0, data.address());
      Memory.putLong(vector, 8, limit);
      var header = arena.allocate(56, 8); // struct msghdr
      Memory.putLong(header, 16, vector.address());
      Memory.putLong(header, 24, 1);
      Memory.putLong(header, 32, control.address());
      Memory.putLong(header, 40, CONTROL_SIZE);
      int count;
      try {
        count =
            (int)
                Kernel.call(
                    Syscall.recvmsg, fd.name(), fd.number(), header.address(), MSG_CMSG_CLOEXEC);
      } catch (SyscallException e) {
        if (e.errno() == Errno.ECONNRESET) {
          return new Message(new byte[0], List.of());
        }
        throw e;
      }
      byte[] bytes = Memory.bytes(data, 0, count);
      return new Message(bytes, descriptors(control.asSlice(0, Memory.getLong(header, 40))));
    }
  }

  private List<Fd> descriptors(MemorySegment control) {
    if (control.byteSize() < 16
        || Memory.getInt(control, 8) != SOL_SOCKET
        || Memory.getInt(control, 12) != SCM_RIGHTS) {
      return List.of();
    }
    var received = new ArrayList<Fd>();
    for (long at = 16; at + 4 <= Memory.getLong(control, 0); at += 4) {
      received.add(Fd.owning(Memory.getInt(control, at), "received by " + fd.name()));
    }
    return List.copyOf(received);
  }

  @Override
  public void close() {
    fd.close();
  }
}
