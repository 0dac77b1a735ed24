package jontainers.netlink.nftables;

import java.util.Arrays;
import java.util.Optional;

/// Where a base chain meets packets: `type nat hook postrouting priority srcnat; policy accept`.
///
/// @param type `filter`, `nat` or `route`
/// @param priority lower comes first
public record BaseHook(String type, Hook hook, int priority, Policy policy) {
  /// `filter`: NF_IP_PRI_FILTER.
  public static final int PRIORITY_FILTER = 0;

  /// `srcnat`: NF_IP_PRI_NAT_SRC.
  public static final int PRIORITY_SRCNAT = 100;

  /// `dstnat`: NF_IP_PRI_NAT_DST.
  public static final int PRIORITY_DSTNAT = -100;

  /// `enum nf_inet_hooks`.
  public enum Hook {
    PREROUTING(0),
    INPUT(1),
    FORWARD(2),
    OUTPUT(3),
    POSTROUTING(4);

    private final int number;

    Hook(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }

    static Optional<Hook> of(int number) {
      return Arrays.stream(values()).filter(h -> h.number == number).findFirst();
    }
  }

  /// What becomes of a packet that no rule decided on: NF_DROP or NF_ACCEPT.
  public enum Policy {
    DROP(0),
    ACCEPT(1);

    private final int number;

    Policy(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }

    static Optional<Policy> of(int number) {
      return Arrays.stream(values()).filter(p -> p.number == number).findFirst();
    }
  }
}
