package jontainers.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Collectors;
import jontainers.linux.SyscallException;
import jontainers.netlink.route.Link;
import jontainers.netlink.route.LinkAddress;
import jontainers.netlink.route.Route;
import jontainers.netlink.route.RouteSocket;

/// What the host's network looked like at one moment, and what of it is in a new network's way.
record HostView(List<Link> links, List<LinkAddress> addresses, List<Route> routes) {
  /// A VPN replaces the default route by two halves of the address space, 0.0.0.0/1 and
  /// 128.0.0.0/1.
  private static final int HALF = 1;

  static HostView of(RouteSocket socket) throws SyscallException {
    return new HostView(socket.links(), socket.addresses(), socket.routes());
  }

  Optional<Link> link(String name) {
    return links.stream().filter(link -> link.name().equals(name)).findFirst();
  }

  /// Return the longest packet that leaves by the host's default routes: of several the shortest,
  /// since each may be taken. A route's halves of the address space are a VPN's default route.
  OptionalInt uplinkMtu() {
    var indexes =
        routes.stream()
            .filter(route -> route.type() == Route.RTN_UNICAST && route.prefixLength() <= HALF)
            .flatMap(route -> route.link().stream().boxed())
            .collect(Collectors.toSet());
    return links.stream()
        .filter(link -> indexes.contains(link.index()) && link.mtu() > 0)
        .mapToInt(Link::mtu)
        .min();
  }

  /// Return what on the host is in the way of a network; its own bridge is not.
  List<Problem> problems(BridgeNetwork network) {
    var problems = new ArrayList<Problem>();
    var own = link(network.link());
    if (own.isPresent() && !own.get().kind().equals("bridge")) {
      var kind = own.get().kind().isEmpty() ? "a device" : "of type " + own.get().kind();
      problems.add(Problem.conflict("link " + network.link() + " is no bridge: it is " + kind, ""));
    }
    int ownIndex = own.map(Link::index).orElse(-1);
    var names = links.stream().collect(Collectors.toMap(Link::index, Function.identity()));
    addresses.stream()
        .filter(a -> a.address().equals(network.gateway()) && a.link() != ownIndex)
        .map(a -> inUse(a, names))
        .forEach(problems::add);
    routes.stream()
        .filter(route -> route.link().orElse(0) != ownIndex && isToHosts(route))
        .filter(route -> network.subnet().overlaps(destination(route)))
        .map(route -> overlap(network, route, names))
        .forEach(problems::add);
    return problems;
  }

  private static boolean isToHosts(Route route) {
    return route.type() == Route.RTN_UNICAST
        && route.table() != Route.RT_TABLE_LOCAL
        && route.prefixLength() > HALF;
  }

  private static Cidr destination(Route route) {
    return Cidr.containing(route.destination(), route.prefixLength());
  }

  private static Problem inUse(LinkAddress address, Map<Integer, Link> names) {
    return Problem.conflict(
        "address " + IpText.of(address.address()) + " is in use by " + name(address.link(), names),
        "");
  }

  private static Problem overlap(BridgeNetwork network, Route route, Map<Integer, Link> names) {
    return Problem.conflict(
        "subnet "
            + network.subnet()
            + " overlaps the route "
            + destination(route)
            + " of "
            + (route.link().isPresent() ? name(route.link().getAsInt(), names) : "several links"),
        "choose a subnet that the host does not use: --subnet");
  }

  private static String name(int index, Map<Integer, Link> names) {
    var link = names.get(index);
    return "link " + (link == null ? "number " + index : link.name());
  }
}
