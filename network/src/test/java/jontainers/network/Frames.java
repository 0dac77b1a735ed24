package jontainers.network;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import jontainers.netlink.route.MacAddress;

/// Ethernet frames as a hostile container builds them, byte by byte.
final class Frames {
  static final MacAddress BROADCAST = MacAddress.parse("ff:ff:ff:ff:ff:ff");

  /// All nodes of the link: the Ethernet group of ff02::1 (RFC 2464).
  static final MacAddress ALL_NODES = MacAddress.parse("33:33:00:00:00:01");

  /// The group of LLDP, of which a bridge takes a frame for its port's own (IEEE 802.1Q, table
  /// 8-1).
  static final MacAddress LLDP = MacAddress.parse("01:80:c2:00:00:0e");

  private static final int ETH_P_IP = 0x0800;
  private static final int ETH_P_ARP = 0x0806;
  private static final int ETH_P_8021Q = 0x8100;
  private static final int ETH_P_IPV6 = 0x86dd;
  private static final int IPPROTO_ICMP = 1;
  private static final int IPPROTO_UDP = 17;
  private static final int IPPROTO_ICMPV6 = 58;

  private Frames() {}

  /// `SENDER is at MAC`, told to everybody.
  static byte[] arpReply(MacAddress from, MacAddress claimed, InetAddress sender) {
    return ethernet(BROADCAST, from, ETH_P_ARP, arp(2, claimed, sender, sender));
  }

  static byte[] arpRequest(MacAddress from, InetAddress sender, InetAddress wanted) {
    return ethernet(BROADCAST, from, ETH_P_ARP, arp(1, from, sender, wanted));
  }

  /// A datagram to a group's or a host's address.
  static byte[] udp(
      MacAddress to, MacAddress from, InetAddress source, InetAddress target, int sourcePort) {
    var udp =
        ByteBuffer.allocate(12)
            .putShort((short) sourcePort)
            .putShort((short) 9999)
            .putShort((short) 12)
            .putShort((short) 0)
            .putInt(0x61747461);
    boolean four = source.getAddress().length == 4;
    if (!four) {
      udp.putShort(6, checksum(IPPROTO_UDP, source, target, udp.array()));
    }
    return four
        ? ethernet(to, from, ETH_P_IP, ipv4(IPPROTO_UDP, source, target, udp.array()))
        : ethernet(to, from, ETH_P_IPV6, ipv6(IPPROTO_UDP, 64, source, target, udp.array()));
  }

  /// A SYN to a port.
  static byte[] syn(
      MacAddress to, MacAddress from, InetAddress source, InetAddress target, int port) {
    var tcp =
        ByteBuffer.allocate(20)
            .putShort((short) 40000)
            .putShort((short) port)
            .putInt(1)
            .putInt(0)
            .putShort((short) 0x5002)
            .putShort((short) 1000);
    tcp.putShort(16, checksum(6, source, target, tcp.array()));
    return ethernet(to, from, ETH_P_IP, ipv4(6, source, target, tcp.array()));
  }

  /// `send what goes to WHERE through GATEWAY` (RFC 792).
  static byte[] redirect(
      MacAddress to, MacAddress from, InetAddress source, InetAddress target, InetAddress gateway) {
    var original = ipv4(IPPROTO_UDP, target, gateway, new byte[8]);
    var icmp = ByteBuffer.allocate(8 + original.length).put((byte) 5).put((byte) 1);
    icmp.position(4).put(gateway.getAddress()).put(original);
    icmp.putShort(2, checksum(icmp.array()));
    return ethernet(to, from, ETH_P_IP, ipv4(IPPROTO_ICMP, source, target, icmp.array()));
  }

  /// `I am a router for 1800 seconds, and PREFIX/64 is on this link` (RFC 4861).
  static byte[] routerAdvertisement(MacAddress to, MacAddress from, InetAddress prefix) {
    return ethernet(to, from, ETH_P_IPV6, advertisement(from, prefix));
  }

  /// The same in a frame with the tag of VLAN 0, which receivers take for none.
  static byte[] tagged(byte[] frame) {
    return ByteBuffer.allocate(frame.length + 4)
        .put(frame, 0, 12)
        .putShort((short) ETH_P_8021Q)
        .putShort((short) 0x2000)
        .put(frame, 12, frame.length - 12)
        .array();
  }

  /// The same packet behind a header of hop-by-hop options.
  static byte[] behindOptions(byte[] frame) {
    int packet = 14;
    int payload = packet + 40;
    var out = ByteBuffer.allocate(frame.length + 8).put(frame, 0, payload);
    out.put(new byte[] {IPPROTO_ICMPV6, 0, 1, 4, 0, 0, 0, 0});
    out.put(frame, payload, frame.length - payload);
    out.put(packet + 6, (byte) 0);
    out.putShort(packet + 4, (short) (out.getShort(packet + 4) + 8));
    return out.array();
  }

  /// `TARGET is at MAC`, told to everybody (RFC 4861).
  static byte[] neighbourAdvertisement(MacAddress from, InetAddress source, InetAddress target) {
    return ethernet(
        ALL_NODES,
        from,
        ETH_P_IPV6,
        icmpv6(
            source,
            nodes(),
            ByteBuffer.allocate(32)
                .put((byte) 136)
                .position(4)
                .put((byte) 0x20)
                .position(8)
                .put(target.getAddress())
                .put((byte) 2)
                .put((byte) 1)
                .put(from.toBytes())));
  }

  /// `TARGET is better reached at MAC` (RFC 4861).
  static byte[] redirect6(MacAddress from, InetAddress source, InetAddress target) {
    return ethernet(
        ALL_NODES,
        from,
        ETH_P_IPV6,
        icmpv6(
            source,
            nodes(),
            ByteBuffer.allocate(40)
                .put((byte) 137)
                .position(8)
                .put(source.getAddress())
                .put(target.getAddress())));
  }

  /// Return the link-local address that is derived from a MAC address (RFC 4291, appendix A).
  static InetAddress linkLocal(MacAddress mac) {
    byte[] m = mac.toBytes();
    return CidrTest.ip(
        "fe80::%x:%x:%x:%x"
            .formatted(
                (((m[0] & 0xff) ^ 2) << 8) | (m[1] & 0xff),
                ((m[2] & 0xff) << 8) | 0xff,
                0xfe00 | (m[3] & 0xff),
                ((m[4] & 0xff) << 8) | (m[5] & 0xff)));
  }

  private static byte[] advertisement(MacAddress from, InetAddress prefix) {
    var message =
        ByteBuffer.allocate(16 + 32 + 8)
            .put((byte) 134)
            .position(4)
            .put((byte) 64) // hop limit
            .put((byte) 0)
            .putShort((short) 1800) // the router's life
            .position(16)
            .put(new byte[] {3, 4, 64, (byte) 0xc0}) // prefix information: on link, autonomous
            .putInt(3600)
            .putInt(3600)
            .putInt(0)
            .put(prefix.getAddress())
            .put(new byte[] {1, 1}) // source link-layer address
            .put(from.toBytes());
    return icmpv6(linkLocal(from), nodes(), message);
  }

  private static byte[] arp(int operation, MacAddress mac, InetAddress sender, InetAddress target) {
    return ByteBuffer.allocate(28)
        .putShort((short) 1)
        .putShort((short) ETH_P_IP)
        .put((byte) 6)
        .put((byte) 4)
        .putShort((short) operation)
        .put(mac.toBytes())
        .put(sender.getAddress())
        .put(new byte[6])
        .put(target.getAddress())
        .array();
  }

  private static byte[] ipv4(int protocol, InetAddress source, InetAddress target, byte[] payload) {
    var packet =
        ByteBuffer.allocate(20 + payload.length)
            .put((byte) 0x45)
            .put((byte) 0)
            .putShort((short) (20 + payload.length))
            .putInt(0)
            .put((byte) 64)
            .put((byte) protocol)
            .putShort((short) 0)
            .put(source.getAddress())
            .put(target.getAddress());
    packet.putShort(10, checksum(Arrays.copyOf(packet.array(), 20)));
    return packet.put(payload).array();
  }

  private static byte[] icmpv6(InetAddress source, InetAddress target, ByteBuffer message) {
    byte[] bytes = new byte[message.capacity()];
    message.get(0, bytes);
    var checked = ByteBuffer.wrap(bytes);
    checked.putShort(2, checksum(IPPROTO_ICMPV6, source, target, bytes));
    return ipv6(IPPROTO_ICMPV6, 255, source, target, bytes);
  }

  private static byte[] ipv6(
      int next, int hops, InetAddress source, InetAddress target, byte[] payload) {
    return ByteBuffer.allocate(40 + payload.length)
        .putInt(0x60000000)
        .putShort((short) payload.length)
        .put((byte) next)
        .put((byte) hops)
        .put(source.getAddress())
        .put(target.getAddress())
        .put(payload)
        .array();
  }

  private static byte[] ethernet(MacAddress to, MacAddress from, int type, byte[] payload) {
    return ByteBuffer.allocate(14 + payload.length)
        .put(to.toBytes())
        .put(from.toBytes())
        .putShort((short) type)
        .put(payload)
        .array();
  }

  private static InetAddress nodes() {
    return CidrTest.ip("ff02::1");
  }

  /// With the pseudo header of RFC 9293 and RFC 8200.
  private static short checksum(int next, InetAddress source, InetAddress target, byte[] payload) {
    var out = new ByteArrayOutputStream();
    out.writeBytes(source.getAddress());
    out.writeBytes(target.getAddress());
    out.writeBytes(ByteBuffer.allocate(8).putInt(payload.length).putInt(next).array());
    out.writeBytes(payload);
    return checksum(out.toByteArray());
  }

  private static short checksum(byte[] bytes) {
    long sum = 0;
    for (int i = 0; i < bytes.length; i += 2) {
      sum += ((bytes[i] & 0xff) << 8) | (i + 1 < bytes.length ? bytes[i + 1] & 0xff : 0);
    }
    while (sum >>> 16 != 0) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return (short) ~sum;
  }
}
