package jontainers.network;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import jontainers.netlink.route.MacAddress;

/// What a container wants of a network.
///
/// @param owner the container's id, by which everything can be found and freed again
/// @param address a given address; empty for any free one
/// @param mac a given MAC address; empty for the one derived from the IP address
public record EndpointRequest(
    String owner, BridgeNetwork network, Optional<InetAddress> address, Optional<MacAddress> mac) {
  private static final Pattern OWNER = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}");

  /// Return a request for any address.
  public static EndpointRequest of(String owner, BridgeNetwork network) {
    return new EndpointRequest(owner, network, Optional.empty(), Optional.empty());
  }

  /// Return the same request for a given address.
  public EndpointRequest withAddress(InetAddress given) {
    return new EndpointRequest(owner, network, Optional.of(given), mac);
  }

  /// Return the same request for a given MAC address.
  public EndpointRequest withMac(MacAddress given) {
    return new EndpointRequest(owner, network, address, Optional.of(given));
  }

  List<Problem> problems() {
    var problems = new ArrayList<Problem>();
    if (!OWNER.matcher(owner).matches()) {
      problems.add(Problem.invalid("not an owner's name: " + owner));
    }
    mac.filter(MacAddress::isMulticast)
        .map(m -> Problem.invalid("MAC address " + m + " is a multicast address"))
        .ifPresent(problems::add);
    return problems;
  }
}
