package jontainers.netlink.nftables;

import jontainers.netlink.Body;

/// Go on only if a register compares to a value: `== VALUE`.
public record Cmp(int register, Operator operator, Data value) implements Expression {
  private static final int NFTA_CMP_SREG = 1;
  private static final int NFTA_CMP_OP = 2;
  private static final int NFTA_CMP_DATA = 3;

  /// `enum nft_cmp_ops`.
  public enum Operator {
    EQ(0),
    NEQ(1),
    LT(2),
    LTE(3),
    GT(4),
    GTE(5);

    private final int number;

    Operator(int number) {
      this.number = number;
    }
  }

  @Override
  public String name() {
    return "cmp";
  }

  @Override
  public void write(Body body) {
    var _ = body.be32(NFTA_CMP_SREG, register).be32(NFTA_CMP_OP, operator.number);
    value.write(NFTA_CMP_DATA, body);
  }
}
