package jontainers.netlink.nftables;

/// What becomes of a packet: NF_… of netfilter.h and `enum nft_verdicts`.
public sealed interface Verdict {
  /// Let the packet go on to the next base chain.
  record Accept() implements Verdict {}

  /// Throw the packet away; no later chain sees it.
  record Drop() implements Verdict {}

  /// Go back to the chain that jumped here; in a base chain, its policy.
  record Return() implements Verdict {}

  /// Evaluate another chain of the table, then go on here.
  record Jump(String chain) implements Verdict {}
}
