package jontainers.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import jontainers.linux.SyscallException;

/// One message from the kernel: `struct nlmsghdr` and what follows it.
///
/// @param type NLMSG_… below 16, then the protocol's own
/// @param body the bytes after the header, in the machine's byte order
public record Message(int type, int flags, int sequence, ByteBuffer body) {
  static final int HEADER = 16;

  static final int NLMSG_ERROR = 2;
  static final int NLMSG_DONE = 3;
  static final int NLMSG_OVERRUN = 4;

  /// The dump was not consistent, since something changed meanwhile.
  static final int NLM_F_DUMP_INTR = 0x10;

  /// Split a datagram into its messages.
  ///
  /// @throws SyscallException EBADMSG when a length does not fit
  public static List<Message> parse(ByteBuffer datagram) throws SyscallException {
    var rest = datagram.slice().order(ByteOrder.nativeOrder());
    var found = new ArrayList<Message>();
    while (rest.hasRemaining()) {
      int at = rest.position();
      if (rest.remaining() < HEADER) {
        throw Malformed.because(rest.remaining() + " bytes after the last message");
      }
      int length = rest.getInt(at);
      if (length < HEADER || length > rest.remaining()) {
        throw Malformed.because("the message at " + at + " has the length " + length);
      }
      var body = rest.slice(at + HEADER, length - HEADER).order(ByteOrder.nativeOrder());
      found.add(
          new Message(
              rest.getShort(at + 4) & 0xffff,
              rest.getShort(at + 6) & 0xffff,
              rest.getInt(at + 8),
              body));
      rest.position(Math.min(rest.limit(), at + Malformed.align(length)));
    }
    return found;
  }

  /// Return the family's header, checked to be there in full.
  public ByteBuffer header(int length) throws SyscallException {
    if (body.remaining() < length) {
      throw Malformed.because("a body of " + body.remaining() + " bytes instead of " + length);
    }
    return body.slice(body.position(), length).order(ByteOrder.nativeOrder());
  }

  /// Return the attributes after the family's header.
  public Attributes attributes(int headerLength) throws SyscallException {
    var _ = header(headerLength);
    int start = Math.min(body.remaining(), Malformed.align(headerLength));
    return Attributes.parse(body.slice(start, body.remaining() - start));
  }
}
