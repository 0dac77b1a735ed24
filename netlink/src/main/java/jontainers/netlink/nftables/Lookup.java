package jontainers.netlink.nftables;

import jontainers.netlink.Body;

/// Go on only if a register is in a set, or is not: `@SET`, `!= @SET`.
public record Lookup(String set, int register, Membership membership) implements Expression {
  private static final int NFTA_LOOKUP_SET = 1;
  private static final int NFTA_LOOKUP_SREG = 2;
  private static final int NFTA_LOOKUP_FLAGS = 5;
  private static final int NFT_LOOKUP_F_INV = 1;

  /// Which way a lookup matches.
  public enum Membership {
    IN,
    NOT_IN
  }

  @Override
  public String name() {
    return "lookup";
  }

  @Override
  public void write(Body body) {
    var _ = body.string(NFTA_LOOKUP_SET, set).be32(NFTA_LOOKUP_SREG, register);
    if (membership == Membership.NOT_IN) {
      var _ = body.be32(NFTA_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
    }
  }
}
