package jontainers.runtime.systemd;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import jontainers.linux.Fd;
import jontainers.linux.Poll;
import jontainers.linux.RawText;
import jontainers.linux.Socket;

/// A connection to a message bus or to systemd itself.
///
/// Blocking, each call until its deadline. Confined to one thread.
final class Bus implements AutoCloseable {
  private static final String BUS = "org.freedesktop.DBus";
  private static final int LONGEST_LINE = 4096;

  /// Signals that nobody has waited for yet; the oldest are forgotten.
  private static final int MOST_SIGNALS = 1000;

  private final Socket socket;
  private final Duration patience;
  private final ArrayDeque<Message> signals = new ArrayDeque<>();
  private int serial;

  private Bus(Socket socket, Duration patience) {
    this.socket = socket;
    this.patience = patience;
  }

  /// Connect and tell who is calling.
  ///
  /// @param patience how long each answer may take
  static Bus connect(BusAddress address, Duration patience) throws IOException {
    var socket = Socket.open(Socket.AF_UNIX, Socket.SOCK_STREAM, 0, address.name());
    try {
      if (address.isAbstract()) {
        socket.connect(address.ofAbstract());
      } else {
        socket.connect(RawText.path(address.name()));
      }
      var bus = new Bus(socket, patience);
      bus.authenticate();
      if (address.peer() == BusAddress.Peer.BUS) { // systemd itself gives no names
        bus.call(BUS, "/org/freedesktop/DBus", BUS, "Hello");
      }
      return bus;
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  /// Be whoever the kernel says: with no identity of our own given, the server takes that of the
  /// socket. So nobody need know which number a user has in the server's user namespace.
  private void authenticate() throws IOException {
    long end = deadline();
    send("\0AUTH EXTERNAL\r\n".getBytes(StandardCharsets.US_ASCII));
    String answer = line(end);
    if (answer.equals("DATA")) {
      send("DATA\r\n".getBytes(StandardCharsets.US_ASCII));
      answer = line(end);
    }
    if (!answer.startsWith("OK")) {
      throw new DBusException(socket.fd().name() + " does not let us in: " + answer);
    }
    send("BEGIN\r\n".getBytes(StandardCharsets.US_ASCII));
  }

  private String line(long end) throws IOException {
    var line = new ByteArrayOutputStream();
    byte[] octet = new byte[1];
    while (line.size() < LONGEST_LINE) {
      receive(octet, end);
      if (octet[0] == '\n') {
        return line.toString(StandardCharsets.US_ASCII).strip();
      }
      line.write(octet[0]);
    }
    throw new DBusException(socket.fd().name() + " does not speak D-Bus");
  }

  /// Call a method and wait for its answer.
  ///
  /// @throws DBusException for an answer that is an error, and where none comes in time
  List<Value> call(String destination, String path, String kind, String method, Value... body)
      throws IOException {
    int number = ++serial;
    send(Message.call(number, destination, path, kind, method, List.of(body)).encode());
    long end = deadline();
    while (true) {
      var message = receive(end);
      if (message.answers(number)) {
        if (message.type() == Message.Type.ERROR) {
          throw error(message);
        }
        return message.body();
      }
      keep(message);
    }
  }

  /// Ask for signals that the bus would not pass on otherwise.
  void match(String rule) throws IOException {
    call(BUS, "/org/freedesktop/DBus", BUS, "AddMatch", new Value.Text(rule));
  }

  /// Wait for a signal, which may have come already.
  Message await(Predicate<Message> wanted) throws IOException {
    long end = deadline();
    while (true) {
      for (var signal : signals) {
        if (wanted.test(signal)) {
          signals.remove(signal);
          return signal;
        }
      }
      signals.clear();
      keep(receive(end));
    }
  }

  private void keep(Message message) {
    if (message.type() == Message.Type.SIGNAL) {
      signals.add(message);
      if (signals.size() > MOST_SIGNALS) {
        signals.remove();
      }
    }
  }

  private static DBusException error(Message message) {
    String text =
        !message.body().isEmpty() && message.body().getFirst() instanceof Value.Text first
            ? first.value()
            : "refused";
    return new DBusException(message.text(Message.ERROR_NAME), text);
  }

  private Message receive(long end) throws IOException {
    byte[] fixed = new byte[Message.FIXED];
    receive(fixed, end);
    byte[] message = Arrays.copyOf(fixed, Message.length(fixed));
    byte[] rest = new byte[message.length - fixed.length];
    receive(rest, end);
    System.arraycopy(rest, 0, message, fixed.length, rest.length);
    return Message.decode(message);
  }

  private void receive(byte[] buffer, long end) throws IOException {
    Fd fd = socket.fd();
    for (int done = 0; done < buffer.length; ) {
      var left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
      if (Poll.readable(List.of(fd), left).isEmpty()) {
        throw new DBusException(
            "no answer on " + fd.name() + " within " + patience.toSeconds() + " s");
      }
      int count = fd.read(buffer, done, buffer.length - done);
      if (count == 0) {
        throw new DBusException(fd.name() + " has closed the connection");
      }
      done += count;
    }
  }

  private void send(byte[] bytes) throws IOException {
    socket.fd().write(bytes);
  }

  private long deadline() {
    return System.nanoTime() + patience.toNanos();
  }

  @Override
  public void close() {
    socket.close();
  }
}
