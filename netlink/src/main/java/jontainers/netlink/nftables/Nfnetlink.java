package jontainers.netlink.nftables;

import jontainers.netlink.Body;
import jontainers.netlink.Request;

/// What all nf_tables messages share: `struct nfgenmsg` and the subsystem's number.
///
/// Source: include/uapi/linux/netfilter/nfnetlink.h.
final class Nfnetlink {
  static final int HEADER = 4;

  private static final int NFNL_SUBSYS_NFTABLES = 10;
  private static final int NFNL_MSG_BATCH_BEGIN = 0x10;
  private static final int NFNL_MSG_BATCH_END = 0x11;
  private static final int NFNL_BATCH_GENID = 1;

  private Nfnetlink() {}

  static Request request(String name, int message, String object, int flags, Body body) {
    return Request.of(name, object, NFNL_SUBSYS_NFTABLES << 8 | message, flags, body);
  }

  /// Return a body that begins with the family.
  static Body body(int family) {
    return new Body().header8(family).header8(0).header16(0); // nfgen_family, version, res_id
  }

  static Body body(Family family) {
    return body(family.number());
  }

  /// @param generation what the ruleset must still be, or ERESTART; 0 for any
  static Request begin(int generation) {
    var body = batchBody();
    if (generation != 0) {
      body.be32(NFNL_BATCH_GENID, generation);
    }
    return Request.of("NFNL_MSG_BATCH_BEGIN", "of nf_tables", NFNL_MSG_BATCH_BEGIN, 0, body);
  }

  static Request end() {
    return Request.of("NFNL_MSG_BATCH_END", "of nf_tables", NFNL_MSG_BATCH_END, 0, batchBody());
  }

  /// res_id is the subsystem in network byte order.
  private static Body batchBody() {
    return new Body().header8(0).header8(0).header8(0).header8(NFNL_SUBSYS_NFTABLES);
  }
}
