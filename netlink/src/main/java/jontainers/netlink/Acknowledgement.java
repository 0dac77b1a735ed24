package jontainers.netlink;

import java.util.ArrayList;
import jontainers.linux.Errno;
import jontainers.linux.SyscallException;

/// What the kernel says to a request: NLMSG_ERROR, or the NLMSG_DONE that ends a dump.
///
/// The extended acknowledgement (NETLINK_EXT_ACK, Linux 4.12) is attributes behind the error: a
/// sentence, the offset of the attribute that is wrong, the type of one that is missing. Source:
/// `enum nlmsgerr_attrs` in include/uapi/linux/netlink.h.
///
/// @param error 0 or the negated errno
/// @param text the kernel's own words, or empty
record Acknowledgement(int error, String text) {
  private static final int NLM_F_CAPPED = 0x100;
  private static final int NLM_F_ACK_TLVS = 0x200;

  private static final int NLMSGERR_ATTR_MSG = 1;
  private static final int NLMSGERR_ATTR_OFFS = 2;
  private static final int NLMSGERR_ATTR_MISS_TYPE = 5;

  /// Not a user's errno: "operation is not supported" inside the kernel, which leaks at times.
  private static final int ENOTSUPP = 524;

  static Acknowledgement of(Message message) throws SyscallException {
    int error = message.header(4).getInt(0);
    if ((message.flags() & NLM_F_ACK_TLVS) == 0) {
      return new Acknowledgement(error, "");
    }
    return new Acknowledgement(error, text(message.attributes(headerLength(message, error))));
  }

  /// Return the error; EPROTO for a number that strerror(3) does not know.
  Errno errno() {
    if (error == -ENOTSUPP) {
      return Errno.EOPNOTSUPP;
    }
    for (var errno : Errno.values()) {
      if (errno.number() == -error) {
        return errno;
      }
    }
    return Errno.EPROTO;
  }

  SyscallException exception(Request request) {
    var errno = errno();
    String number = errno == Errno.EPROTO ? "errno " + -error + " " : "";
    return new SyscallException(request.name(), request.object(), errno, (number + text).strip());
  }

  /// NLMSG_ERROR repeats the request's header and, without NETLINK_CAP_ACK, on errors its body.
  private static int headerLength(Message message, int error) throws SyscallException {
    if (message.type() == Message.NLMSG_DONE) {
      return 4;
    }
    var header = message.header(4 + Message.HEADER);
    boolean capped = (message.flags() & NLM_F_CAPPED) != 0 || error == 0;
    int repeated = capped ? Message.HEADER : header.getInt(4);
    if (repeated < Message.HEADER || repeated > message.body().remaining() - 4) {
      throw Malformed.because("an error repeats a request of " + repeated + " bytes");
    }
    return 4 + repeated;
  }

  private static String text(Attributes attributes) throws SyscallException {
    var words = new ArrayList<String>();
    attributes.string(NLMSGERR_ATTR_MSG).filter(s -> !s.isBlank()).ifPresent(words::add);
    var offset = attributes.u32(NLMSGERR_ATTR_OFFS);
    if (offset.isPresent()) {
      words.add("(attribute at offset " + offset.getAsInt() + ")");
    }
    var missing = attributes.u32(NLMSGERR_ATTR_MISS_TYPE);
    if (missing.isPresent()) {
      words.add("(attribute " + missing.getAsInt() + " is missing)");
    }
    return String.join(" ", words);
  }
}
