package jontainers.image.registry;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpRequest;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import jontainers.image.ImageException;
import jontainers.image.ImageException.Category;
import jontainers.image.name.RegistryConfig;

/// Decide where a request may go and what it may carry, for every address that somebody else names:
/// redirects, the Location of an upload, the realm of a token service, `urls` of a descriptor.
///
/// - The scheme is HTTP or HTTPS, and never HTTP after HTTPS.
/// - An address of this machine or of the link is for registries that are there themselves: no
///   other may have us ask what only we can reach, such as the metadata of a cloud at
///   169.254.169.254.
/// - A login goes to the origin that asked for it, a body with a secret as well.
///
/// Names are looked up to see where they lead. The JDK keeps what it has found for 30 seconds
/// (`networkaddress.cache.ttl`), so the connection goes where was looked. What goes through a proxy
/// is looked up there, and judged here by its letters alone.
///
/// Safe for any thread.
final class RequestPolicy {
  /// What the body of a request is.
  enum Body {
    /// Nothing, or content of an image, which goes where its registry wants it.
    CONTENT,
    /// It has a secret.
    SECRET
  }

  /// Where an address is.
  private enum Zone {
    MACHINE,
    LINK
  }

  private final RegistryConfig config;
  private final ProxySelector proxies;

  RequestPolicy(RegistryConfig config, ProxySelector proxies) {
    this.config = config;
    this.proxies = proxies;
  }

  /// Return the address that an answer names.
  ///
  /// @param domain the registry that the request was for
  /// @param from what has answered
  /// @param what is named, for messages
  URI named(String domain, URI from, String what, String text) throws ImageException {
    var uri = text.isBlank() ? null : resolved(from, text);
    if (uri == null) {
      throw refused(domain, what, text, "no address of HTTP");
    }
    if (isPlain(uri) && !isPlain(from)) {
      throw refused(domain, what, text, "not encrypted");
    }
    requireReachable(domain, what, uri);
    return uri;
  }

  /// Return the address of content that a document of a registry names.
  URI foreign(String domain, Object content, String text) throws ImageException {
    var uri = resolved(null, text);
    if (uri == null) {
      throw refused(domain, content.toString(), text, "no address of HTTP");
    }
    if (isPlain(uri) && !mayBePlain(uri.getAuthority())) {
      throw refused(domain, content.toString(), text, "not encrypted");
    }
    requireReachable(domain, content.toString(), uri);
    return uri;
  }

  /// Return the request that follows a redirect.
  ///
  /// @param origin where the first request went
  HttpRequest redirected(String domain, HttpRequest request, URI origin, String location, Body body)
      throws ImageException {
    var next = named(domain, request.uri(), "redirect", location);
    boolean same = isSameOrigin(origin, next);
    if (!same && body == Body.SECRET) {
      throw refused(domain, "redirect", location, "another host, and the request has a secret");
    }
    return HttpRequest.newBuilder(request, (name, value) -> same || !isLogin(name))
        .uri(next)
        .build();
  }

  private static boolean isLogin(String header) {
    return header.equalsIgnoreCase("Authorization");
  }

  /// Tell whether two addresses have the same scheme, host and port, written or not (RFC 6454,
  /// section 5).
  static boolean isSameOrigin(URI one, URI other) {
    return one.getScheme().equalsIgnoreCase(other.getScheme())
        && one.getHost().equalsIgnoreCase(other.getHost())
        && port(one) == port(other);
  }

  private static int port(URI uri) {
    return uri.getPort() >= 0 ? uri.getPort() : isPlain(uri) ? 80 : 443;
  }

  /// Tell whether a registry may speak plain HTTP: one on this machine, or one that is configured.
  boolean mayBePlain(String domain) {
    return isLoopback(domain) || config.isInsecure(domain);
  }

  static boolean isLoopback(String domain) {
    String host = domain.replaceFirst(":[0-9]*$", "");
    return host.equals("localhost")
        || host.equals("[::1]")
        || host.matches("127\\.[0-9]+\\.[0-9]+\\.[0-9]+");
  }

  private static boolean isPlain(URI uri) {
    return uri.getScheme().equalsIgnoreCase("http");
  }

  /// Return an absolute address of HTTP without a fragment; null where it is none.
  private static @org.jspecify.annotations.Nullable URI resolved(
      @org.jspecify.annotations.Nullable URI from, String text) {
    try {
      var uri = from == null ? new URI(text) : from.resolve(new URI(text));
      String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
      boolean http = scheme.equals("https") || scheme.equals("http");
      boolean usable = http && uri.getHost() != null && uri.getPort() <= 65535;
      return usable ? URI.create(uri.toString().replaceFirst("#.*", "")) : null;
    } catch (URISyntaxException | IllegalArgumentException e) {
      return null;
    }
  }

  private void requireReachable(String domain, String what, URI uri) throws ImageException {
    var zones = zones(uri.getHost(), isDirect(uri));
    if (!zones.isEmpty() && !zones(host(domain), true).containsAll(zones)) {
      String where = zones.contains(Zone.MACHINE) ? "an address of this machine" : "link-local";
      throw refused(domain, what, uri.toString(), where);
    }
  }

  private boolean isDirect(URI uri) {
    return proxies.select(uri).equals(List.of(Proxy.NO_PROXY));
  }

  private static String host(String domain) {
    return domain.replaceFirst(":[0-9]*$", "");
  }

  private static Set<Zone> zones(String host, boolean look) {
    var zones = EnumSet.noneOf(Zone.class);
    for (var address : addresses(host, look)) {
      if (address.isLoopbackAddress() || address.isAnyLocalAddress()) {
        zones.add(Zone.MACHINE);
      } else if (address.isLinkLocalAddress() || address.isMulticastAddress()) {
        zones.add(Zone.LINK);
      }
    }
    return zones;
  }

  private static List<InetAddress> addresses(String host, boolean look) {
    String name = host.replaceAll("^\\[|]$|\\.$", "").toLowerCase(Locale.ROOT);
    try {
      if (name.equals("localhost") || name.endsWith(".localhost")) { // RFC 6761, section 6.3
        return List.of(InetAddress.getLoopbackAddress());
      }
      if (look) {
        return List.of(InetAddress.getAllByName(name));
      }
      return List.of(
          name.indexOf(':') >= 0 ? Inet6Address.ofLiteral(name) : InetAddress.ofLiteral(name));
    } catch (IOException | IllegalArgumentException e) {
      return List.of(); // no request can go there either
    }
  }

  private static ImageException refused(String domain, String what, String text, String why) {
    return new ImageException(
        Category.INVALID,
        domain + " names for " + what + " an address that is not allowed: " + text + ": " + why,
        "");
  }
}
