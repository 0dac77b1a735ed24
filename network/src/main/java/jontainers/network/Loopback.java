package jontainers.network;

import jontainers.linux.NetworkNamespace;
import jontainers.netlink.route.Link;
import jontainers.netlink.route.RouteSocket;

/// Make a network of one: a namespace with `lo` up and nothing else.
public final class Loopback {
  private Loopback() {}

  /// Make the namespace; the caller closes it.
  public static NetworkNamespace open() throws NetworkException {
    return Deed.named(
        "make a network namespace",
        () -> {
          var namespace = NetworkNamespace.create();
          try (var inside = RouteSocket.owning(namespace.route())) {
            inside.execute(Link.up("lo"));
            return namespace;
          } catch (java.io.IOException | RuntimeException e) {
            namespace.close();
            throw e;
          }
        });
  }
}
