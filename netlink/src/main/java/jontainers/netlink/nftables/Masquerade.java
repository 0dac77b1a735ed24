package jontainers.netlink.nftables;

import jontainers.netlink.Body;

/// Replace the source by the address of the link the packet leaves on: `masquerade`.
///
/// Only in postrouting chains of type nat; needs CONFIG_NFT_MASQ.
public record Masquerade() implements Expression {
  @Override
  public String name() {
    return "masq";
  }

  @Override
  public void write(Body body) {}
}
