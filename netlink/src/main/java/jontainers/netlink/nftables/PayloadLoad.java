package jontainers.netlink.nftables;

import jontainers.netlink.Body;

/// Load bytes of a packet: `ip saddr` is four bytes at 12 of the network header.
public record PayloadLoad(Base base, int offset, int length, int register) implements Expression {
  private static final int NFTA_PAYLOAD_DREG = 1;
  private static final int NFTA_PAYLOAD_BASE = 2;
  private static final int NFTA_PAYLOAD_OFFSET = 3;
  private static final int NFTA_PAYLOAD_LEN = 4;

  /// `enum nft_payload_bases`.
  public enum Base {
    LINK_LAYER_HEADER(0),
    NETWORK_HEADER(1),
    TRANSPORT_HEADER(2);

    private final int number;

    Base(int number) {
      this.number = number;
    }
  }

  @Override
  public String name() {
    return "payload";
  }

  @Override
  public void write(Body body) {
    var _ =
        body.be32(NFTA_PAYLOAD_DREG, register)
            .be32(NFTA_PAYLOAD_BASE, base.number)
            .be32(NFTA_PAYLOAD_OFFSET, offset)
            .be32(NFTA_PAYLOAD_LEN, length);
  }
}
