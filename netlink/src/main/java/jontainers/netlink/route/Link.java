package jontainers.netlink.route;

import static jontainers.netlink.Request.NLM_F_ACK;

import java.util.Optional;
import java.util.OptionalInt;
import jontainers.linux.SyscallException;
import jontainers.netlink.Attributes;
import jontainers.netlink.Body;
import jontainers.netlink.Message;
import jontainers.netlink.Request;

/// A network link, as rtnetlink(7) tells of it, and the messages that change one.
///
/// Source: include/uapi/linux/if_link.h, net/core/rtnetlink.c.
///
/// @param kind `bridge`, `veth`, …; empty for a real device
/// @param flags IFF_… of netdevice(7)
/// @param master the index of the link it is a port of
public record Link(
    int index,
    String name,
    String kind,
    int flags,
    int mtu,
    OptionalInt master,
    Optional<MacAddress> mac) {
  /// The longest name: IFNAMSIZ without its NUL.
  public static final int MAX_NAME = 15;

  public static final int IFF_UP = 1;

  static final int RTM_NEWLINK = 16;
  static final int RTM_DELLINK = 17;
  static final int RTM_GETLINK = 18;
  static final int RTM_SETLINK = 19;

  static final int IFLA_ADDRESS = 1;
  static final int IFLA_IFNAME = 3;
  static final int IFLA_MTU = 4;
  static final int IFLA_MASTER = 10;
  static final int IFLA_LINKINFO = 18;
  static final int IFLA_AF_SPEC = 26;
  static final int IFLA_NET_NS_FD = 28;

  static final int IFLA_INFO_KIND = 1;
  static final int IFLA_INFO_DATA = 2;

  private static final int IFLA_INET6_ADDR_GEN_MODE = 8;
  private static final int IN6_ADDR_GEN_MODE_NONE = 1;

  private static final int HEADER = 16;

  public boolean isUp() {
    return (flags & IFF_UP) != 0;
  }

  /// Bring a link up: `ip link set NAME up`.
  public static Request up(String name) {
    return set(name, name + " up", header(0, IFF_UP, IFF_UP).string(IFLA_IFNAME, name));
  }

  /// Take a link down: `ip link set NAME down`.
  public static Request down(String name) {
    return set(name, name + " down", header(0, 0, IFF_UP).string(IFLA_IFNAME, name));
  }

  /// Set the longest packet: `ip link set NAME mtu MTU`.
  public static Request setMtu(String name, int mtu) {
    var body = header(0, 0, 0).string(IFLA_IFNAME, name).u32(IFLA_MTU, mtu);
    return set(name, name + " mtu " + mtu, body);
  }

  /// Make a link the port of a bridge, or with 0 of none: `ip link set NAME master BRIDGE`.
  public static Request setMaster(String name, int master) {
    var body = header(0, 0, 0).string(IFLA_IFNAME, name).u32(IFLA_MASTER, master);
    return set(name, name + " master", body);
  }

  /// Rename a link: `ip link set NAME name NEW`; before Linux 6.2 only while it is down.
  public static Request rename(int index, String newName) {
    return set(newName, "name " + newName, header(index, 0, 0).string(IFLA_IFNAME, newName));
  }

  /// Move a link into another network namespace, under another name there: `ip link set NAME netns
  /// NETNS name NEW`. Its addresses do not go along.
  ///
  /// @param netns the namespace's descriptor, in this process
  public static Request move(int index, int netns, String newName) {
    var body = header(index, 0, 0).u32(IFLA_NET_NS_FD, netns).string(IFLA_IFNAME, newName);
    return set(newName, "move to another namespace as " + newName, body);
  }

  /// Give a link no link-local IPv6 address when it comes up: `addrgenmode none`.
  ///
  /// EAFNOSUPPORT or EOPNOTSUPP where the kernel has no IPv6.
  public static Request withoutLinkLocalAddress(String name) {
    var body =
        header(0, 0, 0)
            .string(IFLA_IFNAME, name)
            .nested(
                IFLA_AF_SPEC,
                spec ->
                    spec.nested(
                        10, // AF_INET6
                        inet6 -> inet6.u8(IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE)));
    return set(name, name + " addrgenmode none", body);
  }

  /// Delete a link, for a veth its peer too: `ip link delete NAME`.
  public static Request delete(String name) {
    var body = header(0, 0, 0).string(IFLA_IFNAME, name);
    return Request.of("RTM_DELLINK", checked(name), RTM_DELLINK, NLM_F_ACK, body);
  }

  static Request get(String name) {
    var body = header(0, 0, 0).string(IFLA_IFNAME, name);
    return Request.of("RTM_GETLINK", checked(name), RTM_GETLINK, 0, body);
  }

  static Request list() {
    return Request.of("RTM_GETLINK", "of all links", RTM_GETLINK, 0, header(0, 0, 0));
  }

  static Link parse(Message message) throws SyscallException {
    var header = message.header(HEADER);
    var attributes = message.attributes(HEADER);
    return new Link(
        header.getInt(4),
        attributes.string(IFLA_IFNAME).orElse(""),
        attributes.nested(IFLA_LINKINFO).string(IFLA_INFO_KIND).orElse(""),
        header.getInt(8),
        attributes.u32(IFLA_MTU).orElse(0),
        attributes.u32(IFLA_MASTER),
        mac(attributes));
  }

  /// `struct ifinfomsg` of rtnetlink(7).
  static Body header(int index, int flags, int change) {
    return header(new Body(), index, flags, change);
  }

  static Body header(Body body, int index, int flags, int change) {
    return body.header8(0) // ifi_family
        .header8(0)
        .header16(0) // ifi_type
        .header32(index)
        .header32(flags)
        .header32(change);
  }

  /// Refuse what dev_valid_name() of net/core/dev.c refuses, before the kernel says only EINVAL.
  static String checked(String name) {
    if (name.isEmpty()
        || name.length() > MAX_NAME
        || name.equals(".")
        || name.equals("..")
        || name.chars().anyMatch(c -> c == '/' || c == ':' || c <= ' ' || c > '~')) {
      throw new IllegalArgumentException("not a link's name: " + name);
    }
    return name;
  }

  private static Request set(String name, String object, Body body) {
    var _ = checked(name);
    return Request.of("RTM_SETLINK", object, RTM_SETLINK, NLM_F_ACK, body);
  }

  /// Tunnels have addresses of other lengths.
  private static Optional<MacAddress> mac(Attributes attributes) {
    return attributes.bytes(IFLA_ADDRESS).filter(bytes -> bytes.length == 6).map(MacAddress::of);
  }
}
