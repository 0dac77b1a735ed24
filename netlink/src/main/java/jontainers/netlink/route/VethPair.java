package jontainers.netlink.route;

import static jontainers.netlink.Request.NLM_F_CREATE;
import static jontainers.netlink.Request.NLM_F_EXCL;

import jontainers.linux.Fd;
import jontainers.netlink.Body;
import jontainers.netlink.Request;

/// A pair of veth(4) links to make, the far one born in another network namespace.
///
/// One message sets all of it: name, MTU and master of the near end, which is up at once, and name,
/// MAC and MTU of the far end. The far end stays down: IFF_UP there gives ENOTCONN, since it comes
/// up before it has a peer (`veth_open`, drivers/net/veth.c).
///
/// @param name the near end, in the namespace of the socket
/// @param master the index of the bridge whose port the near end becomes
/// @param peerNetns the far end's network namespace, lent
public record VethPair(
    String name, int master, int mtu, String peerName, MacAddress peerMac, Fd peerNetns) {
  private static final int VETH_INFO_PEER = 1;

  /// Return the message that makes both ends.
  ///
  /// EEXIST when a link has the name; EOPNOTSUPP without CONFIG_VETH.
  public Request add() {
    var body =
        Link.header(0, Link.IFF_UP, Link.IFF_UP)
            .string(Link.IFLA_IFNAME, Link.checked(name))
            .u32(Link.IFLA_MTU, mtu)
            .u32(Link.IFLA_MASTER, master)
            .nested(
                Link.IFLA_LINKINFO,
                info ->
                    info.string(Link.IFLA_INFO_KIND, "veth")
                        .nested(
                            Link.IFLA_INFO_DATA, data -> data.nested(VETH_INFO_PEER, this::peer)));
    return Request.of(
        "RTM_NEWLINK", "veth " + name, Link.RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, body);
  }

  private void peer(Body body) {
    var _ =
        Link.header(body, 0, 0, 0)
            .string(Link.IFLA_IFNAME, Link.checked(peerName))
            .bytes(Link.IFLA_ADDRESS, peerMac.toBytes())
            .u32(Link.IFLA_MTU, mtu)
            .u32(Link.IFLA_NET_NS_FD, peerNetns.number());
  }
}
