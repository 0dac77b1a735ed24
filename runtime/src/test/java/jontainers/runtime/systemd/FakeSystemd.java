package jontainers.runtime.systemd;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/// A server on a unix socket that plays systemd, as far as a test tells it to.
///
/// One thread of its own serves one connection after the other, until it is closed.
final class FakeSystemd implements AutoCloseable {
  private final ServerSocketChannel listening;
  private final String welcome;
  private final BiConsumer<FakeSystemd, Message> answers;
  private final List<Message> heard = Collections.synchronizedList(new ArrayList<>());
  private OutputStream out = OutputStream.nullOutputStream();
  private boolean hangsUp;

  /// Listen.
  ///
  /// @param welcome the line that answers AUTH
  /// @param answers what becomes of each call but those of the bus itself
  FakeSystemd(Path socket, String welcome, BiConsumer<FakeSystemd, Message> answers)
      throws IOException {
    this.welcome = welcome;
    this.answers = answers;
    listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listening.bind(UnixDomainSocketAddress.of(socket));
    Thread.ofPlatform().daemon().name("fake systemd").start(this::serve);
  }

  /// Return the methods that were called, in order.
  List<String> methods() {
    return heard.stream().map(call -> call.text(Message.MEMBER)).toList();
  }

  /// Return the last call of a method.
  Message last(String method) {
    return heard.stream()
        .filter(call -> call.text(Message.MEMBER).equals(method))
        .reduce((_, later) -> later)
        .orElseThrow();
  }

  private void serve() {
    while (listening.isOpen()) {
      try (var connection = listening.accept()) {
        converse(connection);
      } catch (IOException e) {
        // the client has gone, or the test has ended
      }
    }
  }

  private void converse(SocketChannel connection) throws IOException {
    var in = new DataInputStream(Channels.newInputStream(connection));
    out = Channels.newOutputStream(connection);
    hangsUp = false;
    line(in);
    write((welcome + "\r\n").getBytes(StandardCharsets.US_ASCII));
    while (!line(in).equals("BEGIN")) {
      write("OK 0123456789abcdef\r\n".getBytes(StandardCharsets.US_ASCII));
    }
    while (!hangsUp) {
      byte[] fixed = in.readNBytes(Message.FIXED);
      if (fixed.length < Message.FIXED) {
        return;
      }
      byte[] bytes = Arrays.copyOf(fixed, Message.length(fixed));
      in.readFully(bytes, fixed.length, bytes.length - fixed.length);
      var call = Message.decode(bytes);
      heard.add(call);
      if (call.text(Message.DESTINATION).equals("org.freedesktop.DBus")) {
        reply(call);
      } else {
        answers.accept(this, call);
      }
    }
  }

  private static String line(DataInputStream in) throws IOException {
    var line = new StringBuilder();
    for (int octet = in.read(); octet != '\n'; octet = in.read()) {
      if (octet < 0) {
        throw new IOException("the client has gone");
      }
      line.append((char) octet);
    }
    return line.toString().strip();
  }

  void reply(Message call, Value... values) {
    send(
        new Message(
            Message.Type.RETURN,
            100,
            Map.of(Message.REPLY_SERIAL, new Value.Uint32(call.serial())),
            List.of(values)));
  }

  void refuse(Message call, String error) {
    send(
        new Message(
            Message.Type.ERROR,
            100,
            Map.of(
                Message.REPLY_SERIAL,
                new Value.Uint32(call.serial()),
                Message.ERROR_NAME,
                new Value.Text("org.freedesktop.systemd1." + error)),
            List.of(new Value.Text("no " + call.text(Message.MEMBER)))));
  }

  /// Answer with a job, and say how it has ended.
  void job(Message call, String number, String result) {
    String job = "/org/freedesktop/systemd1/job/" + number;
    reply(call, new Value.ObjectPath(job));
    removed(job, result);
  }

  void removed(String job, String result) {
    send(
        new Message(
            Message.Type.SIGNAL,
            101,
            Map.of(Message.MEMBER, new Value.Text("JobRemoved")),
            List.of(
                new Value.Uint32(1),
                new Value.ObjectPath(job),
                new Value.Text("u.scope"),
                new Value.Text(result))));
  }

  void send(Message message) {
    write(message.encode());
  }

  void write(byte[] bytes) {
    try {
      out.write(bytes);
    } catch (IOException e) {
      hangsUp = true;
    }
  }

  void hangUp() {
    hangsUp = true;
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }
}
