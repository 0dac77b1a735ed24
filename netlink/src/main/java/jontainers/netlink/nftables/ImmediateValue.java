package jontainers.netlink.nftables;

import jontainers.netlink.Body;

/// Load a constant into a register.
public record ImmediateValue(int register, Data value) implements Expression {
  static final int NFTA_IMMEDIATE_DREG = 1;
  static final int NFTA_IMMEDIATE_DATA = 2;

  @Override
  public String name() {
    return "immediate";
  }

  @Override
  public void write(Body body) {
    var _ = body.be32(NFTA_IMMEDIATE_DREG, register);
    value.write(NFTA_IMMEDIATE_DATA, body);
  }
}
