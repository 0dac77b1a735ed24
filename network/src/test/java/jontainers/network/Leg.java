package jontainers.network;

import java.io.IOException;
import java.net.InetAddress;
import java.util.concurrent.Callable;
import jontainers.linux.Fd;
import jontainers.linux.NetworkNamespace;
import jontainers.netlink.route.Link;
import jontainers.netlink.route.LinkAddress;
import jontainers.netlink.route.MacAddress;
import jontainers.netlink.route.Route;
import jontainers.netlink.route.RouteSocket;
import jontainers.netlink.route.VethPair;
import jontainers.testkit.Command;

/// A machine beside the host, on a link of the host's that is no container's: a namespace of the
/// test's own. The host is its router.
final class Leg implements AutoCloseable {
  private final String link;
  private final InetAddress address;
  private final NetworkNamespace namespace;

  private Leg(String link, InetAddress address, NetworkNamespace namespace) {
    this.link = link;
    this.address = address;
    this.namespace = namespace;
  }

  /// @param network of which the host has the first address, and the machine the second
  static Leg of(String link, Cidr network) throws Exception {
    var namespace = NetworkNamespace.create();
    try (var host = RouteSocket.open();
        var inside = RouteSocket.owning(namespace.route())) {
      var mac = MacAddress.parse("02:00:00:00:00:02");
      host.execute(new VethPair(link, 0, 1500, "eth0", mac, namespace.fd()).add());
      int near = host.link(link).orElseThrow().index();
      int far = inside.link("eth0").orElseThrow().index();
      inside.execute(
          Link.up("eth0"), new LinkAddress(far, network.host(1), network.prefixLength()).add());
      host.execute(new LinkAddress(near, network.host(0), network.prefixLength()).add());
      inside.execute(Route.defaultVia(network.host(0), far).add());
    }
    return new Leg(link, network.host(1), namespace);
  }

  Fd netns() {
    return namespace.fd();
  }

  InetAddress address() {
    return address;
  }

  /// Serve and return what a caller is told, or that nobody answers.
  String hears(Callable<String> caller) throws Exception {
    try (var server = Traffic.in(netns())) {
      assert server != null;
      return caller.call();
    }
  }

  @Override
  public void close() throws IOException {
    try (namespace) {
      Command.run("ip", "link", "delete", link);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
