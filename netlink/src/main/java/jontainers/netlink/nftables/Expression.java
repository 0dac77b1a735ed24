package jontainers.netlink.nftables;

import jontainers.netlink.Body;

/// One step of a rule, as the kernel executes it.
///
/// Registers: 0 is the verdict, 1 to 4 hold 16 bytes each (`enum nft_registers`).
public sealed interface Expression
    permits Bitwise,
        Cmp,
        Counter,
        Ct,
        ImmediateValue,
        ImmediateVerdict,
        Lookup,
        Masquerade,
        Meta,
        PayloadLoad {
  /// Return the kernel's name of the expression.
  String name();

  /// Write what is inside NFTA_EXPR_DATA.
  void write(Body body);
}
