package jontainers.network;

import java.nio.charset.StandardCharsets;
import jontainers.netlink.route.Link;

/// Name the host's end of a container's link: `jt`, the owner's first eight characters, a hash.
///
/// The owner's beginning is for people. The hash, 25 bits over owner and network, tells apart
/// owners that begin alike, and the networks of one owner. The same owner and network always give
/// the same name, so that a link can be found again with no state at all.
final class HostLink {
  /// With which the host's end of each container's link begins, and nothing else does.
  static final String PREFIX = "jt";

  private static final int READABLE = 8;
  private static final int HASHED = 5;
  private static final String BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

  private HostLink() {}

  static String name(String owner, String network) {
    var name = new StringBuilder(PREFIX);
    owner
        .chars()
        .filter(c -> c < 128 && Character.isLetterOrDigit(c))
        .limit(READABLE)
        .forEach(c -> name.append((char) c));
    long hash = fnv1a(owner + "\0" + network);
    for (int i = 0; i < HASHED; i++) {
      name.append(BASE32.charAt((int) (hash >>> (59 - 5 * i)) & 31));
    }
    assert name.length() <= Link.MAX_NAME;
    return name.toString();
  }

  /// FNV-1a with 64 bits, then mixed, since its high bits alone hardly depend on the last bytes.
  private static long fnv1a(String text) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
    }
    return (hash ^ hash >>> 32) * 0x9e3779b97f4a7c15L;
  }
}
