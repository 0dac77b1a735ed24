package jontainers.network;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import jontainers.linux.Errno;
import jontainers.linux.NetworkNamespace;
import jontainers.linux.SyscallException;
import jontainers.netlink.Request;
import jontainers.netlink.route.Link;
import jontainers.netlink.route.LinkAddress;
import jontainers.netlink.route.MacAddress;
import jontainers.netlink.route.Route;
import jontainers.netlink.route.RouteSocket;
import jontainers.netlink.route.VethPair;

/// Make one endpoint: five round trips to the kernel besides the namespace.
///
/// Each step pushes its removal, and [Endpoint#close] takes them back in reverse order: the link is
/// down before the address is free, so that nobody else gets an address that still answers. What
/// the container may send as is decided before it has a link.
///
/// The link is taken down and not deleted: deleting it waits some 20 ms for the kernel's RCU
/// callbacks (`netdev_run_todo`), taking it down 0.1 ms. The kernel deletes both ends when the
/// namespace dies with its last holder, in a worker of its own and many namespaces at a time.
/// Confined to one thread.
final class EndpointSetup {
  private static final String INSIDE = "eth0";
  private static final String LOOPBACK = "lo";

  private final EndpointRequest request;
  private final BridgeNetwork network;
  private final Addresses addresses;
  private final RouteSocket host;
  private final Firewall firewall;
  private final Bridges.Namespaces namespaces;
  private final Undo undo = new Undo();

  EndpointSetup(
      EndpointRequest request,
      Addresses addresses,
      RouteSocket host,
      Firewall firewall,
      Bridges.Namespaces namespaces) {
    this.request = request;
    this.network = request.network();
    this.addresses = addresses;
    this.host = host;
    this.firewall = firewall;
    this.namespaces = namespaces;
  }

  Endpoint run() throws IOException, NetworkException {
    Problem.throwIfAny(request.problems());
    int bridge = bridge();
    return undo.attempt(() -> {
      var address = claim();
      var mac = request.mac().orElseGet(() -> MacAddress.derivedFrom(address));
      var namespace = namespaces.take(() -> LinkSettings.write(LinkSettings.inside(network)));
      undo.push(namespace::close);
      guard(new Attachment(HostLink.name(request.owner(), network.name()), mac, address));
      String link = link(bridge, mac, namespace);
      configure(namespace, address);
      return new Endpoint(namespace.fd(), address, network, mac, link, undo);
    });
  }

  private int bridge() throws SyscallException, NetworkException {
    return host.link(network.link())
        .map(Link::index)
        .orElseThrow(() ->
            new NetworkException(
                NetworkException.Reason.NOT_FOUND,
                "network " + network.name() + " has no bridge " + network.link()));
  }

  private void guard(Attachment attachment) throws SyscallException, NetworkException {
    try {
      firewall.connect(network, attachment);
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT) {
        throw new NetworkException(
            NetworkException.Reason.NOT_FOUND,
            "network " + network.name() + " has no packet filter",
            "somebody has flushed it; jontainers start brings it back",
            e);
      }
      throw e;
    }
    undo.push(() ->
        Deed.named("clean nftables " + SourceGuard.TABLE, () -> firewall.disconnect(attachment)));
  }

  private InetAddress claim() throws NetworkException {
    var address = request.address();
    if (address.isPresent()) {
      addresses.claim(request.owner(), request.mac(), address.get());
    }
    var claimed =
        address.isPresent() ? address.get() : addresses.claim(request.owner(), request.mac());
    undo.push(() -> addresses.release(request.owner(), claimed));
    return claimed;
  }

  private String link(int bridge, MacAddress mac, NetworkNamespace namespace)
      throws SyscallException, NetworkException {
    String name = HostLink.name(request.owner(), network.name());
    Request[] requests = {
      new VethPair(name, bridge, network.mtu(), INSIDE, mac, namespace.fd()).add(),
      BridgeSetup.withoutLinkLocalAddress(name)
    };
    try {
      host.execute(requests);
    } catch (SyscallException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      replace(name, requests, e);
    }
    undo.push(() -> Deed.named("take link " + name + " down", () -> down(name)));
    LinkSettings.write(LinkSettings.port(name)); // the far end is down: nothing has come by it yet
    return name;
  }

  /// The kernel may not be done with the link of an endpoint that was just closed, or somebody else
  /// still holds its namespace. An endpoint that is open has an address beside the one just
  /// claimed.
  private void replace(String name, Request[] requests, SyscallException exists)
      throws SyscallException, NetworkException {
    var owners = addresses.owners().values();
    if (owners.stream().filter(request.owner()::equals).count() > 1) {
      throw new NetworkException(
          NetworkException.Reason.CONFLICT,
          "container " + request.owner() + " is in network " + network.name() + " already",
          "",
          exists);
    }
    BridgeSetup.deleteLink(host, name);
    host.execute(requests);
  }

  private void down(String name) throws SyscallException {
    host.execute(Link.down(name).tolerating(Errno.ENODEV));
  }

  /// The routing socket inside is not needed afterwards.
  private void configure(NetworkNamespace namespace, InetAddress address) throws SyscallException {
    try (var inside = RouteSocket.owning(namespace.route())) {
      int index = inside.link(INSIDE).map(Link::index).orElse(0);
      var requests = new ArrayList<Request>();
      requests.add(Link.up(LOOPBACK));
      if (network.subnet().isIpv4()) {
        requests.add(BridgeSetup.withoutLinkLocalAddress(INSIDE));
      }
      requests.add(Link.up(INSIDE));
      requests.add(new LinkAddress(index, address, network.subnet().prefixLength()).add());
      requests.add(Route.defaultVia(network.gateway(), index).add()); // needs the link to be up
      inside.execute(requests.toArray(Request[]::new));
    }
  }
}
