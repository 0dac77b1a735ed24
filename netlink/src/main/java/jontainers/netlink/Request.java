package jontainers.netlink;

import java.nio.ByteBuffer;
import java.util.Set;
import jontainers.linux.Errno;

/// One message to the kernel, with the words in which its failure is told. Immutable.
public final class Request {
  public static final int NLM_F_ACK = 0x4;
  public static final int NLM_F_DUMP = 0x300;
  public static final int NLM_F_REPLACE = 0x100;
  public static final int NLM_F_EXCL = 0x200;
  public static final int NLM_F_CREATE = 0x400;
  public static final int NLM_F_APPEND = 0x800;

  private static final int NLM_F_REQUEST = 0x1;

  private final String name;
  private final String object;
  private final int type;
  private final int flags;
  private final byte[] body;
  private final Set<Errno> tolerated;

  private Request(
      String name, String object, int type, int flags, byte[] body, Set<Errno> tolerated) {
    this.name = name;
    this.object = object;
    this.type = type;
    this.flags = flags;
    this.body = body;
    this.tolerated = tolerated;
  }

  /// Make a message.
  ///
  /// @param name the kernel's name of the type, `RTM_NEWLINK`
  /// @param object what it is about, in the user's words
  /// @param flags NLM_F_… besides NLM_F_REQUEST, which is always set
  public static Request of(String name, String object, int type, int flags, Body body) {
    return new Request(name, object, type, flags, body.toBytes(), Set.of());
  }

  /// Return the same message, for which the given errors count as success.
  public Request tolerating(Errno... errors) {
    return new Request(name, object, type, flags, body, Set.of(errors));
  }

  public String name() {
    return name;
  }

  public String object() {
    return object;
  }

  /// Return the message as it goes over the socket, with `NLM_F_REQUEST` and the given flags too.
  byte[] toBytes(int sequence, int moreFlags) {
    var bytes = new byte[Malformed.align(Message.HEADER + body.length)];
    ByteBuffer.wrap(bytes)
        .order(java.nio.ByteOrder.nativeOrder())
        .putInt(Message.HEADER + body.length)
        .putShort((short) type)
        .putShort((short) (NLM_F_REQUEST | flags | moreFlags))
        .putInt(sequence)
        .putInt(0) // nlmsg_pid: the kernel fills it in
        .put(body);
    return bytes;
  }

  boolean tolerates(Errno errno) {
    return tolerated.contains(errno);
  }

  @Override
  public String toString() {
    return name + " " + object;
  }
}
