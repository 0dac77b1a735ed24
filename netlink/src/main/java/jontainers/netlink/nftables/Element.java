package jontainers.netlink.nftables;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jontainers.linux.Errno;
import jontainers.linux.SyscallException;
import jontainers.netlink.Attributes;
import jontainers.netlink.Body;

/// An element of a set, of a map where it has a value, or one end of a range.
public record Element(Data key, Optional<Data> value, Role role) {
  private static final int NFTA_SET_ELEM_KEY = 1;
  private static final int NFTA_SET_ELEM_DATA = 2;
  private static final int NFTA_SET_ELEM_FLAGS = 3;
  private static final int NFT_SET_ELEM_INTERVAL_END = 1;
  private static final int NFTA_DATA_VALUE = 1;

  /// What an element stands for.
  public enum Role {
    /// Itself, or the first value of a range.
    KEY,

    /// The first value behind a range.
    INTERVAL_END
  }

  public static Element of(Data key) {
    return new Element(key, Optional.empty(), Role.KEY);
  }

  public static Element of(Data key, Data value) {
    return new Element(key, Optional.of(value), Role.KEY);
  }

  /// Return the two ends of a range of `count` values; only the first one if it ends at the
  /// largest.
  public static List<Element> range(Data first, BigInteger count) {
    var ends = new ArrayList<Element>();
    ends.add(of(first));
    first
        .plus(count)
        .map(end -> new Element(end, Optional.empty(), Role.INTERVAL_END))
        .ifPresent(ends::add);
    return List.copyOf(ends);
  }

  void write(Body body) {
    key.write(NFTA_SET_ELEM_KEY, body);
    value.ifPresent(v -> v.write(NFTA_SET_ELEM_DATA, body));
    if (role == Role.INTERVAL_END) {
      var _ = body.be32(NFTA_SET_ELEM_FLAGS, NFT_SET_ELEM_INTERVAL_END);
    }
  }

  static Element parse(Attributes attributes) throws SyscallException {
    int flags = attributes.be32(NFTA_SET_ELEM_FLAGS).orElse(0);
    return new Element(
        data(attributes, NFTA_SET_ELEM_KEY).orElseThrow(Element::withoutKey),
        data(attributes, NFTA_SET_ELEM_DATA),
        (flags & NFT_SET_ELEM_INTERVAL_END) == 0 ? Role.KEY : Role.INTERVAL_END);
  }

  private static Optional<Data> data(Attributes attributes, int type) throws SyscallException {
    return attributes
        .nested(type)
        .bytes(NFTA_DATA_VALUE)
        .filter(bytes -> bytes.length > 0 && bytes.length <= Data.MAX_LENGTH)
        .map(Data::of);
  }

  private static SyscallException withoutKey() {
    return new SyscallException("recvfrom", "netlink", Errno.EBADMSG, "a set element has no key");
  }
}
