package jontainers.netlink.nftables;

import jontainers.netlink.Body;

/// Load something about a packet's connection: `ct state`.
public record Ct(Key key, int register) implements Expression {
  private static final int NFTA_CT_DREG = 1;
  private static final int NFTA_CT_KEY = 2;

  /// Bits of `ct state` (`NF_CT_STATE_BIT`), in the machine's byte order in the register.
  public static final int STATE_ESTABLISHED = 2;

  public static final int STATE_RELATED = 4;

  /// Bits of `ct status` (`enum ip_conntrack_status`), in the machine's byte order, too.
  public static final int STATUS_DST_NAT = 32;

  /// The first of `enum nft_ct_keys`.
  public enum Key {
    STATE(0),
    DIRECTION(1),
    STATUS(2),
    MARK(3);

    private final int number;

    Key(int number) {
      this.number = number;
    }
  }

  @Override
  public String name() {
    return "ct";
  }

  @Override
  public void write(Body body) {
    var _ = body.be32(NFTA_CT_KEY, key.number).be32(NFTA_CT_DREG, register);
  }
}
