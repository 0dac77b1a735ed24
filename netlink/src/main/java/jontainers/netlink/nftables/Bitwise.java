package jontainers.netlink.nftables;

import jontainers.netlink.Body;

/// Mask and flip bits of a register in place: `value & MASK ^ XOR`.
public record Bitwise(int register, Data mask, Data xor) implements Expression {
  private static final int NFTA_BITWISE_SREG = 1;
  private static final int NFTA_BITWISE_DREG = 2;
  private static final int NFTA_BITWISE_LEN = 3;
  private static final int NFTA_BITWISE_MASK = 4;
  private static final int NFTA_BITWISE_XOR = 5;

  public Bitwise {
    if (mask.length() != xor.length()) {
      throw new IllegalArgumentException("mask and xor differ in length");
    }
  }

  @Override
  public String name() {
    return "bitwise";
  }

  @Override
  public void write(Body body) {
    var _ =
        body.be32(NFTA_BITWISE_SREG, register)
            .be32(NFTA_BITWISE_DREG, register)
            .be32(NFTA_BITWISE_LEN, mask.length());
    mask.write(NFTA_BITWISE_MASK, body);
    xor.write(NFTA_BITWISE_XOR, body);
  }
}
