package jontainers.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import jontainers.linux.Errno;
import jontainers.linux.SyscallException;
import jontainers.testkit.Inputs;
import org.junit.jupiter.api.Test;

/// A datagram of any bytes is parsed or refused as malformed.
class NetlinkFuzzTest {
  /// As deep as nf_tables nests, and one more.
  private static final int DEPTH = 6;

  @Test
  void seeds_and_random_datagrams_are_parsed_or_refused() throws Exception {
    Inputs.run(NetlinkFuzzTest.class, "messages", 100_000, this::messages);
  }

  @FuzzTest
  void messages(byte[] datagram) {
    List<Message> messages;
    try {
      messages = Message.parse(ByteBuffer.wrap(datagram));
    } catch (SyscallException e) {
      assertThat(e.errno()).isEqualTo(Errno.EBADMSG);
      return;
    }
    assertThat(bytesOf(messages)).isEqualTo(withoutPadding(datagram));
    for (var message : messages) {
      for (int header : new int[] {0, 4, 8, 12, 16}) {
        ifWellFormed(() -> attributes(message.attributes(header), DEPTH));
      }
      ifWellFormed(() -> assertThat(Acknowledgement.of(message).errno()).isNotNull());
    }
    exchange(messages);
  }

  private static void attributes(Attributes attributes, int depth) {
    for (int type = 0; type < 12; type++) {
      int wanted = type;
      boolean there = attributes.has(type);
      assertThat(attributes.bytes(type).isPresent()).isEqualTo(there);
      assertThat(attributes.string(type).isPresent()).isEqualTo(there);
      ifWellFormed(() -> assertThat(attributes.u32(wanted).isPresent()).isEqualTo(there));
      ifWellFormed(() -> assertThat(attributes.be32(wanted).isPresent()).isEqualTo(there));
      ifWellFormed(() -> assertThat(there || attributes.be64(wanted) == 0).isTrue());
      if (there && depth > 0) {
        ifWellFormed(() -> {
          for (var element : attributes.all(wanted)) {
            attributes(element, depth - 1);
          }
        });
        ifWellFormed(() -> assertThat(attributes.nested(wanted)).isNotNull());
      }
    }
  }

  /// An exchange keeps the messages that belong to it, and is over when its requests are answered.
  private static void exchange(List<Message> messages) {
    var request = Request.of("RTM_GETLINK", "of all links", 18, 0, new Body().header32(0));
    var exchange = new Exchange(List.of(request), 7);
    try {
      exchange.accept(messages);
      assertThat(exchange.result()).allMatch(message -> message.sequence() == 7);
    } catch (SyscallException e) {
      assertThat(messages).anyMatch(message -> message.sequence() == 7);
    }
  }

  private interface Parse {
    void run() throws SyscallException;
  }

  private static void ifWellFormed(Parse parse) {
    try {
      parse.run();
    } catch (SyscallException e) {
      assertThat(e.errno()).isEqualTo(Errno.EBADMSG);
    }
  }

  /// Write the messages again, each aligned, with zeros between.
  private static byte[] bytesOf(List<Message> messages) {
    var out = new ByteArrayOutputStream();
    for (var message : messages) {
      var header = ByteBuffer.allocate(Message.HEADER).order(ByteOrder.nativeOrder());
      header.putInt(Message.HEADER + message.body().remaining());
      header.putShort((short) message.type()).putShort((short) message.flags());
      header.putInt(message.sequence());
      byte[] body = new byte[message.body().remaining()];
      message.body().duplicate().get(body);
      out.writeBytes(header.array());
      out.writeBytes(body);
      out.writeBytes(new byte[Malformed.align(body.length) - body.length]);
    }
    return out.toByteArray();
  }

  /// Put zeros where a message's port, its padding and the datagram's end are.
  private static byte[] withoutPadding(byte[] datagram) {
    var copy = ByteBuffer.allocate(Malformed.align(datagram.length)).order(ByteOrder.nativeOrder());
    copy.put(datagram).clear();
    var ends = new ArrayList<Integer>();
    for (int at = 0; at < datagram.length; at += Malformed.align(copy.getInt(at))) {
      copy.putInt(at + 12, 0);
      ends.add(at + copy.getInt(at));
    }
    for (int end : ends) {
      for (int at = end; at < Malformed.align(end); at++) {
        copy.put(at, (byte) 0);
      }
    }
    return copy.array();
  }
}
