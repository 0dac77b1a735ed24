package jontainers.netlink.route;

import static jontainers.netlink.Request.NLM_F_CREATE;
import static jontainers.netlink.Request.NLM_F_EXCL;

import jontainers.netlink.Request;

/// A bridge to make: `ip link add NAME address MAC type bridge group_fwd_mask 0xfff8`.
///
/// It has no MTU of its own: one that is given here follows the ports' all the same and is 1500
/// without any. For good is what [Link#setMtu] changes afterwards (`br_change_mtu` in the kernel).
///
/// @param mac fixed, since a bridge without one takes the lowest of its ports' and so changes it
///   when ports come and go, which breaks neighbour caches
public record Bridge(String name, MacAddress mac) {
  private static final int IFLA_BR_GROUP_FWD_MASK = 9;

  /// Treat frames to 01-80-C2-00-00-03 to 0F as others, so that hooks see them, and do not leave
  /// them to the port's own addresses (`br_handle_frame`); the first three cannot be asked for.
  private static final byte[] ALL_GROUPS = {(byte) 0xf8, (byte) 0xff};

  /// Return the message that makes the bridge, down.
  ///
  /// EEXIST when a link has that name; EOPNOTSUPP without CONFIG_BRIDGE.
  public Request add() {
    var body =
        Link.header(0, 0, 0)
            .string(Link.IFLA_IFNAME, Link.checked(name))
            .bytes(Link.IFLA_ADDRESS, mac.toBytes())
            .nested(
                Link.IFLA_LINKINFO,
                info ->
                    info.string(Link.IFLA_INFO_KIND, "bridge")
                        .nested(
                            Link.IFLA_INFO_DATA,
                            data -> data.bytes(IFLA_BR_GROUP_FWD_MASK, ALL_GROUPS)));
    return Request.of(
        "RTM_NEWLINK", "bridge " + name, Link.RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, body);
  }
}
