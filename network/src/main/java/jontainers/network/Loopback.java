package jontainers.network;

import jontainers.linux.NetworkNamespace;
import jontainers.netlink.route.Link;
import jontainers.netlink.route.RouteSocket;

/// Make a network of one: a namespace with `lo` up and nothing else.
public final class Loopback {
  private Loopback() {}

  /// Bring `lo` up in a fresh namespace, lent; its routing socket is closed.
  public static void up(NetworkNamespace namespace) throws NetworkException {
    Deed.named(
        "make a network namespace",
        () -> {
          try (var inside = RouteSocket.owning(namespace.route())) {
            inside.execute(Link.up("lo"));
          }
        });
  }
}
