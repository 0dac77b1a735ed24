package jontainers.netlink.route;

import static jontainers.netlink.Request.NLM_F_CREATE;
import static jontainers.netlink.Request.NLM_F_EXCL;

import java.net.InetAddress;
import java.util.Optional;
import java.util.OptionalInt;
import jontainers.linux.Socket;
import jontainers.linux.SyscallException;
import jontainers.netlink.Body;
import jontainers.netlink.Message;
import jontainers.netlink.Request;

/// A route to a network. Source: include/uapi/linux/rtnetlink.h.
///
/// @param destination the network's address; 0.0.0.0 or :: with length 0 for the default route
/// @param gateway through whom; empty where the network is on the link itself
/// @param link the index of the link; empty where several or none are named
/// @param table RT_TABLE_MAIN, RT_TABLE_LOCAL or another
/// @param type RTN_UNICAST or another
public record Route(
    InetAddress destination,
    int prefixLength,
    Optional<InetAddress> gateway,
    OptionalInt link,
    int table,
    int type) {
  public static final int RT_TABLE_MAIN = 254;
  public static final int RT_TABLE_LOCAL = 255;
  public static final int RTN_UNICAST = 1;

  private static final int RTM_NEWROUTE = 24;
  private static final int RTM_DELROUTE = 25;
  private static final int RTM_GETROUTE = 26;

  private static final int RTA_DST = 1;
  private static final int RTA_OIF = 4;
  private static final int RTA_GATEWAY = 5;
  private static final int RTA_TABLE = 15;

  private static final int RTPROT_BOOT = 3;
  private static final int RT_SCOPE_UNIVERSE = 0;
  private static final int RT_SCOPE_LINK = 253;

  /// The route belongs to another: a clone that the kernel made (rtm_flags).
  private static final int RTM_F_CLONED = 0x200;

  private static final int HEADER = 12;

  /// Return the default route through a gateway: `ip route add default via GATEWAY dev LINK`.
  public static Route defaultVia(InetAddress gateway, int link) {
    return new Route(
        Addresses.any(Addresses.family(gateway)),
        0,
        Optional.of(gateway),
        OptionalInt.of(link),
        RT_TABLE_MAIN,
        RTN_UNICAST);
  }

  /// Return a route to a network that is on a link itself: `ip route add NETWORK/LENGTH dev LINK`.
  public static Route onLink(InetAddress destination, int prefixLength, int link) {
    return new Route(
        destination,
        prefixLength,
        Optional.empty(),
        OptionalInt.of(link),
        RT_TABLE_MAIN,
        RTN_UNICAST);
  }

  /// Return the message that adds the route; EEXIST when there is one to the same network.
  public Request add() {
    return Request.of("RTM_NEWROUTE", toString(), RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, body());
  }

  /// Return the message that deletes the route; ESRCH when there is none.
  public Request delete() {
    return Request.of("RTM_DELROUTE", toString(), RTM_DELROUTE, 0, body());
  }

  static Request list(int family) {
    var body = new Body().header8(family).header8(0).header8(0).header8(0).header32(0).header32(0);
    return Request.of("RTM_GETROUTE", "of all tables", RTM_GETROUTE, 0, body);
  }

  /// Empty for clones, and for families other than IPv4 and IPv6.
  static Optional<Route> parse(Message message) throws SyscallException {
    var header = message.header(HEADER);
    int family = header.get(0);
    if ((header.getInt(8) & RTM_F_CLONED) != 0
        || (family != Socket.AF_INET && family != Socket.AF_INET6)
        || !Addresses.isPrefixLength(family, header.get(1) & 0xff)) {
      return Optional.empty();
    }
    var attributes = message.attributes(HEADER);
    return Optional.of(
        new Route(
            attributes
                .bytes(RTA_DST)
                .flatMap(b -> Addresses.of(family, b))
                .orElseGet(() -> Addresses.any(family)),
            header.get(1) & 0xff,
            attributes.bytes(RTA_GATEWAY).flatMap(b -> Addresses.of(family, b)),
            attributes.u32(RTA_OIF),
            attributes.u32(RTA_TABLE).orElse(header.get(4) & 0xff),
            header.get(7) & 0xff));
  }

  public boolean isDefault() {
    return prefixLength == 0;
  }

  @Override
  public String toString() {
    return (isDefault() ? "default" : destination.getHostAddress() + "/" + prefixLength)
        + gateway.map(g -> " via " + g.getHostAddress()).orElse("");
  }

  private Body body() {
    var body =
        new Body()
            .header8(Addresses.family(destination))
            .header8(prefixLength)
            .header8(0) // rtm_src_len
            .header8(0) // rtm_tos
            .header8(0) // rtm_table: RTA_TABLE has room for all
            .header8(RTPROT_BOOT)
            .header8(gateway.isPresent() ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK)
            .header8(type)
            .header32(0)
            .u32(RTA_TABLE, table);
    if (!isDefault()) {
      body.bytes(RTA_DST, destination.getAddress());
    }
    gateway.ifPresent(g -> body.bytes(RTA_GATEWAY, g.getAddress()));
    link.ifPresent(index -> body.u32(RTA_OIF, index));
    return body;
  }
}
