package jontainers.netlink.nftables;

import jontainers.netlink.Body;

/// Count packets and bytes that come this far: `counter`.
public record Counter() implements Expression {
  private static final int NFTA_COUNTER_BYTES = 1;
  private static final int NFTA_COUNTER_PACKETS = 2;

  @Override
  public String name() {
    return "counter";
  }

  @Override
  public void write(Body body) {
    var _ = body.be64(NFTA_COUNTER_BYTES, 0).be64(NFTA_COUNTER_PACKETS, 0);
  }
}
