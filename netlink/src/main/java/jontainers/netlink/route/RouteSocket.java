package jontainers.netlink.route;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jontainers.linux.Errno;
import jontainers.linux.Socket;
import jontainers.linux.SyscallException;
import jontainers.netlink.NetlinkSocket;
import jontainers.netlink.Request;

/// Ask for and change the links, addresses and routes of one network namespace: rtnetlink(7).
///
/// Safe for any thread.
public final class RouteSocket implements AutoCloseable {
  private final NetlinkSocket socket;

  private RouteSocket(NetlinkSocket socket) {
    this.socket = socket;
  }

  /// Open a socket to the calling thread's network namespace.
  public static RouteSocket open() throws SyscallException {
    return new RouteSocket(NetlinkSocket.open(Socket.NETLINK_ROUTE, "netlink route socket"));
  }

  /// Take over a NETLINK_ROUTE socket, to the namespace in which it was made.
  public static RouteSocket owning(Socket socket) throws SyscallException {
    return new RouteSocket(NetlinkSocket.owning(socket));
  }

  /// Perform requests in one round trip, in their order; all of them even where one fails.
  ///
  /// @throws SyscallException the first error, with the kernel's own words
  public void execute(Request... requests) throws SyscallException {
    var _ = socket.exchange(requests);
  }

  /// Find a link by its name.
  public Optional<Link> link(String name) throws SyscallException {
    var messages = socket.exchange(Link.get(name).tolerating(Errno.ENODEV));
    return messages.isEmpty() ? Optional.empty() : Optional.of(Link.parse(messages.getFirst()));
  }

  public List<Link> links() throws SyscallException {
    var links = new ArrayList<Link>();
    for (var message : socket.dump(Link.list())) {
      links.add(Link.parse(message));
    }
    return List.copyOf(links);
  }

  /// Return the IPv4 and IPv6 addresses of all links.
  public List<LinkAddress> addresses() throws SyscallException {
    var addresses = new ArrayList<LinkAddress>();
    for (var message : socket.dump(LinkAddress.list())) {
      LinkAddress.parse(message).ifPresent(addresses::add);
    }
    return List.copyOf(addresses);
  }

  /// Return the IPv4 and IPv6 routes of all tables.
  public List<Route> routes() throws SyscallException {
    var routes = new ArrayList<Route>();
    for (int family : new int[] {Socket.AF_INET, Socket.AF_INET6}) {
      for (var message : socket.dump(Route.list(family).tolerating(Errno.EAFNOSUPPORT))) {
        Route.parse(message).ifPresent(routes::add);
      }
    }
    return List.copyOf(routes);
  }

  @Override
  public void close() {
    socket.close();
  }
}
