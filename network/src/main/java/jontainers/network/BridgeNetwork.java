package jontainers.network;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import jontainers.netlink.route.Link;

/// A network of containers behind one bridge of the host.
///
/// @param name the user's name of it, also a directory's name
/// @param link the bridge's name on the host
/// @param gateway the host's own address in it, the containers' default route
/// @param mtu the longest packet, in bytes
public record BridgeNetwork(String name, String link, Cidr subnet, InetAddress gateway, int mtu) {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,63}");
  private static final Pattern LINK = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,14}");
  private static final int ETHERNET_MTU = 1500;
  private static final int MAX_MTU = 65535;

  /// Return a network whose gateway is the subnet's first host.
  ///
  /// @throws NetworkException when the subnet has no hosts
  public static BridgeNetwork of(String name, String link, Cidr subnet) throws NetworkException {
    if (subnet.hosts() < 1) {
      throw new NetworkException(NetworkException.Reason.INVALID, tooSmall(subnet));
    }
    return new BridgeNetwork(name, link, subnet, subnet.host(0), ETHERNET_MTU);
  }

  /// Return the same network for packets of another length.
  public BridgeNetwork withMtu(int value) {
    return new BridgeNetwork(name, link, subnet, gateway, value);
  }

  /// Return what is wrong with this network by itself, whatever the host looks like.
  List<Problem> problems() {
    var problems = new ArrayList<Problem>();
    if (!NAME.matcher(name).matches()) {
      problems.add(
          Problem.invalid("not a network's name: " + name + " (letters, digits, '_', '.', '-')"));
    }
    if (!LINK.matcher(link).matches()) {
      problems.add(
          Problem.invalid(
              "not a link's name: " + link + " (up to " + Link.MAX_NAME + " letters and digits)"));
    }
    if (subnet.hosts() < 2) {
      problems.add(Problem.invalid(tooSmall(subnet)));
    } else if (!subnet.isHost(gateway)) {
      problems.add(
          Problem.invalid("gateway " + IpText.of(gateway) + " is no host's address in " + subnet));
    }
    if (subnet.address().isMulticastAddress()
        || subnet.address().isLoopbackAddress()
        || subnet.address().isAnyLocalAddress()) {
      problems.add(Problem.invalid("subnet " + subnet + " is not for hosts"));
    }
    int least = subnet.isIpv4() ? 68 : 1280; // RFC 791, RFC 8200
    if (mtu < least || mtu > MAX_MTU) {
      problems.add(Problem.invalid("mtu " + mtu + " is not within " + least + " to " + MAX_MTU));
    }
    return problems;
  }

  private static String tooSmall(Cidr subnet) {
    return "subnet " + subnet + " is too small: it needs a gateway and a container";
  }
}
