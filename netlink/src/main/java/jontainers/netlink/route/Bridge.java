package jontainers.netlink.route;

import static jontainers.netlink.Request.NLM_F_CREATE;
import static jontainers.netlink.Request.NLM_F_EXCL;

import jontainers.netlink.Request;

/// A bridge to make: `ip link add NAME address MAC mtu MTU up type bridge`.
///
/// @param mac fixed, since a bridge without one takes the lowest of its ports' and so changes it
///   when ports come and go, which breaks neighbour caches
public record Bridge(String name, MacAddress mac, int mtu) {
  /// Return the message that makes the bridge, up.
  ///
  /// EEXIST when a link has that name; EOPNOTSUPP without CONFIG_BRIDGE.
  public Request add() {
    var body =
        Link.header(0, Link.IFF_UP, Link.IFF_UP)
            .string(Link.IFLA_IFNAME, Link.checked(name))
            .bytes(Link.IFLA_ADDRESS, mac.toBytes())
            .u32(Link.IFLA_MTU, mtu)
            .nested(Link.IFLA_LINKINFO, info -> info.string(Link.IFLA_INFO_KIND, "bridge"));
    return Request.of(
        "RTM_NEWLINK", "bridge " + name, Link.RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, body);
  }
}
