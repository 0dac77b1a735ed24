package jontainers.netlink.nftables;

import jontainers.netlink.Body;

/// Load something about a packet that is not in it: `meta nfproto`, `iifname`.
public record Meta(Key key, int register) implements Expression {
  private static final int NFTA_META_DREG = 1;
  private static final int NFTA_META_KEY = 2;

  /// `enum nft_meta_keys`.
  public enum Key {
    MARK(3),
    IIF(4),
    OIF(5),
    IIFNAME(6),
    OIFNAME(7),
    NFPROTO(15),
    L4PROTO(16);

    private final int number;

    Key(int number) {
      this.number = number;
    }
  }

  @Override
  public String name() {
    return "meta";
  }

  @Override
  public void write(Body body) {
    var _ = body.be32(NFTA_META_KEY, key.number).be32(NFTA_META_DREG, register);
  }
}
