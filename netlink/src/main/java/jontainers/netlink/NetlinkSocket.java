package jontainers.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import jontainers.linux.Errno;
import jontainers.linux.Socket;
import jontainers.linux.SyscallException;

/// Talk to the kernel over one netlink(7) socket.
///
/// Several requests go out in one datagram, and the kernel performs them one after the other before
/// sendto(2) returns: by then all answers wait in the receive buffer. So a receive does not block
/// in practice, and its deadline of five seconds only ends a wait for an answer that was lost.
/// Answers are matched by sequence number; late ones of an abandoned exchange are skipped.
///
/// Safe for any thread: a lock is held from sending to the last answer.
public final class NetlinkSocket implements AutoCloseable {
  private static final int NETLINK_CAP_ACK = 10;
  private static final int NETLINK_EXT_ACK = 11;
  private static final int NETLINK_GET_STRICT_CHK = 12;

  private static final Duration DEADLINE = Duration.ofSeconds(5);

  /// The kernel fills at most 32 KiB at once (`netlink_recvmsg`, net/netlink/af_netlink.c).
  private static final int RECEIVE_BUFFER = 32 * 1024;

  private static final int DUMP_ATTEMPTS = 20;

  private final Socket socket;
  private final ReentrantLock lock = new ReentrantLock();
  private int sequence;

  private NetlinkSocket(Socket socket) {
    this.socket = socket;
  }

  /// Open a socket in the calling thread's network namespace.
  ///
  /// @param protocol `Socket.NETLINK_ROUTE` or `Socket.NETLINK_NETFILTER`
  /// @throws SyscallException EPROTONOSUPPORT when the kernel lacks the protocol
  public static NetlinkSocket open(int protocol, String name) throws SyscallException {
    var socket = Socket.open(Socket.AF_NETLINK, Socket.SOCK_RAW, protocol, name);
    try {
      return owning(socket);
    } catch (SyscallException e) {
      socket.close();
      throw e;
    }
  }

  /// Take ownership of a netlink socket, which may be of another network namespace.
  public static NetlinkSocket owning(Socket socket) throws SyscallException {
    socket.receiveTimeout(DEADLINE);
    option(socket, NETLINK_CAP_ACK); // Linux 4.2
    option(socket, NETLINK_EXT_ACK); // Linux 4.12
    option(socket, NETLINK_GET_STRICT_CHK); // Linux 4.20: dumps obey their filters
    // Connected to port 0, the socket takes messages from the kernel alone.
    socket.connect(kernelAddress());
    return new NetlinkSocket(socket);
  }

  /// Perform requests in one datagram and return the messages they are answered with.
  ///
  /// All are performed, even after one has failed.
  ///
  /// @throws SyscallException the first error, named after its request, the others suppressed
  public List<Message> exchange(Request... requests) throws SyscallException {
    return exchange(List.of(requests));
  }

  /// Perform requests in one datagram and return the messages they are answered with.
  public List<Message> exchange(List<Request> requests) throws SyscallException {
    return locked(() -> {
      var exchange = new Exchange(requests, next(requests.size()));
      send(exchange.datagram(index -> Request.NLM_F_ACK));
      receive(exchange);
      return exchange.result();
    });
  }

  /// Perform requests as one transaction: nf_tables applies all of them or none.
  ///
  /// @param begin NFNL_MSG_BATCH_BEGIN, which older kernels do not acknowledge
  /// @param end NFNL_MSG_BATCH_END
  public void transact(Request begin, List<Request> requests, Request end) throws SyscallException {
    List<Message> _ =
        locked(() -> {
          int first = next(requests.size() + 2);
          var all = new ArrayList<Request>();
          all.add(begin);
          all.addAll(requests);
          all.add(end);
          int last = all.size() - 1;
          var exchange = new Exchange(all, first);
          exchange.acknowledged(first); // only ever answered by an error
          exchange.acknowledged(first + last);
          send(exchange.datagram(i -> i == 0 || i == last ? 0 : Request.NLM_F_ACK));
          receive(exchange);
          return exchange.result();
        });
  }

  /// Perform a request with NLM_F_DUMP and return all messages; again where they were inconsistent.
  public List<Message> dump(Request request) throws SyscallException {
    return locked(() -> {
      for (int attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
        var exchange = new Exchange(List.of(request), next(1));
        send(exchange.datagram(index -> Request.NLM_F_DUMP));
        receive(exchange);
        var messages = exchange.result();
        if (!exchange.inconsistent()) {
          return messages;
        }
      }
      throw new SyscallException(
          request.name(), request.object(), Errno.EAGAIN, "the dump kept changing");
    });
  }

  @Override
  public void close() {
    socket.close();
  }

  private void send(byte[] datagram) throws SyscallException {
    socket.send(datagram, 0, datagram.length);
  }

  /// Receive until all is answered; after an error only what is there already, since a transaction
  /// may end without a word on the rest.
  private void receive(Exchange exchange) throws SyscallException {
    var buffer = new byte[RECEIVE_BUFFER];
    while (!exchange.complete()) {
      try {
        int length = socket.receive(buffer, exchange.failed() ? Socket.MSG_DONTWAIT : 0);
        exchange.accept(Message.parse(ByteBuffer.wrap(Arrays.copyOf(buffer, length))));
      } catch (SyscallException e) {
        if (exchange.failed() && e.errno() == Errno.EAGAIN) {
          return;
        }
        throw e;
      }
    }
  }

  private int next(int count) {
    int first = sequence + 1;
    sequence += count;
    return first;
  }

  private interface Work {
    List<Message> run() throws SyscallException;
  }

  private List<Message> locked(Work work) throws SyscallException {
    lock.lock();
    try {
      return work.run();
    } finally {
      lock.unlock();
    }
  }

  /// `struct sockaddr_nl` with port 0.
  private static byte[] kernelAddress() {
    return ByteBuffer.allocate(12)
        .order(ByteOrder.nativeOrder())
        .putShort((short) Socket.AF_NETLINK)
        .array();
  }

  private static void option(Socket socket, int option) throws SyscallException {
    try {
      socket.setOption(Socket.SOL_NETLINK, option, 1);
    } catch (SyscallException e) {
      if (e.errno() != Errno.ENOPROTOOPT) { // an older kernel: less is said, nothing is wrong
        throw e;
      }
    }
  }
}
