package jontainers.netlink.route;

import static jontainers.netlink.Request.NLM_F_CREATE;
import static jontainers.netlink.Request.NLM_F_EXCL;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Optional;
import jontainers.linux.SyscallException;
import jontainers.netlink.Body;
import jontainers.netlink.Message;
import jontainers.netlink.Request;

/// An IP address of a link. Source: include/uapi/linux/if_addr.h.
///
/// @param link the link's index
/// @param prefixLength how many bits name the network
public record LinkAddress(int link, InetAddress address, int prefixLength) {
  private static final int RTM_NEWADDR = 20;
  private static final int RTM_DELADDR = 21;
  private static final int RTM_GETADDR = 22;

  private static final int IFA_ADDRESS = 1;
  private static final int IFA_LOCAL = 2;
  private static final int IFA_BROADCAST = 4;

  /// Usable at once: no duplicate address detection, which takes a second. IPv6 only.
  private static final int IFA_F_NODAD = 2;

  private static final int HEADER = 8;

  /// Return the message that adds the address: `ip address add ADDRESS/LENGTH broadcast + dev
  /// LINK`.
  public Request add() {
    var body = body();
    if (address instanceof Inet4Address && prefixLength < 31) {
      body.bytes(IFA_BROADCAST, broadcast());
    }
    return Request.of("RTM_NEWADDR", toString(), RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, body);
  }

  /// Return the message that deletes the address.
  public Request delete() {
    return Request.of("RTM_DELADDR", toString(), RTM_DELADDR, 0, body());
  }

  static Request list() {
    var body = new Body().header32(0).header32(0);
    return Request.of("RTM_GETADDR", "of all links", RTM_GETADDR, 0, body);
  }

  /// Empty for families other than IPv4 and IPv6.
  static Optional<LinkAddress> parse(Message message) throws SyscallException {
    var header = message.header(HEADER);
    var attributes = message.attributes(HEADER);
    // IFA_ADDRESS is the far end on a point-to-point link; IFA_LOCAL is absent for IPv6.
    var bytes = attributes.bytes(IFA_LOCAL).or(() -> attributes.bytes(IFA_ADDRESS));
    return bytes
        .filter(_ -> Addresses.isPrefixLength(header.get(0), header.get(1) & 0xff))
        .flatMap(b -> Addresses.of(header.get(0), b))
        .map(address -> new LinkAddress(header.getInt(4), address, header.get(1) & 0xff));
  }

  @Override
  public String toString() {
    return address.getHostAddress() + "/" + prefixLength;
  }

  private Body body() {
    var body =
        new Body()
            .header8(Addresses.family(address))
            .header8(prefixLength)
            .header8(address instanceof Inet4Address ? 0 : IFA_F_NODAD)
            .header8(0) // ifa_scope: global
            .header32(link);
    return body.bytes(IFA_LOCAL, address.getAddress()).bytes(IFA_ADDRESS, address.getAddress());
  }

  private byte[] broadcast() {
    byte[] bytes = address.getAddress();
    for (int bit = prefixLength; bit < 32; bit++) {
      bytes[bit / 8] |= (byte) (0x80 >>> bit % 8);
    }
    return bytes;
  }
}
