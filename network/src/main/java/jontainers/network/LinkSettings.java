package jontainers.network;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jontainers.linux.Errno;
import jontainers.linux.SyscallException;
import jontainers.linux.Sysctl;

/// What a link of ours does not believe, as parameters of the kernel (ip-sysctl.rst).
///
/// A container can send router advertisements and redirects to whatever is on its link. With the
/// kernel's defaults the host makes it its own IPv6 router (CVE-2020-13401), and so does a
/// neighbour. Pure lists, which [#write] puts below /proc/sys of the calling thread's network
/// namespace.
final class LinkSettings {
  private static final Path NET = Path.of("/proc/sys/net");

  private LinkSettings() {}

  /// One parameter, by its place below /proc/sys/net.
  record Setting(Path name, String value) {
    /// A link's name may have dots, so it is a path's element.
    static Setting of(String family, String link, String name, int value) {
      return new Setting(Path.of(family, "conf", link, name), Integer.toString(value));
    }
  }

  /// Return those of a bridge, to be written before it is up.
  ///
  /// The host sends no redirects where its `all` is 0, too.
  static List<Setting> bridge(BridgeNetwork network) {
    var settings = unbelieving6(network.link());
    settings.add(ipv6(network.link(), network));
    settings.add(Setting.of("ipv4", network.link(), "accept_redirects", 0));
    settings.add(Setting.of("ipv4", network.link(), "send_redirects", 0));
    settings.add(Setting.of("ipv4", network.link(), "accept_source_route", 0));
    return List.copyOf(settings);
  }

  /// Return those of the host's end of a container's link, which has no addresses of any kind.
  ///
  /// A bridge leaves frames to 01-80-c2-00-00-0x to the port that they came in by
  /// (`br_handle_frame`): a router advertisement in such a frame makes the port the host's way out.
  /// Not `disable_ipv6`, of which a write spins until it has the kernel's lock of all links
  /// (`addrconf_disable_ipv6`): many starts at once took twice as long.
  static List<Setting> port(String link) {
    return List.copyOf(unbelieving6(link));
  }

  /// Return those of a container's namespace, to be written before it has a link but `lo`.
  ///
  /// New links take `default`. For redirects of IPv4 a host needs `all` and the link to say no.
  static List<Setting> inside(BridgeNetwork network) {
    var settings = unbelieving6("default");
    settings.add(ipv6("default", network));
    settings.add(Setting.of("ipv4", "default", "accept_redirects", 0));
    settings.add(Setting.of("ipv4", "all", "accept_redirects", 0));
    return List.copyOf(settings);
  }

  /// Write all; what belongs to IPv6 is left out where the kernel has none.
  static void write(List<Setting> settings) throws SyscallException {
    for (var setting : settings) {
      try {
        Sysctl.write(NET.resolve(setting.name()), setting.value());
      } catch (SyscallException e) {
        if (e.errno() != Errno.ENOENT || !setting.name().startsWith("ipv6")) {
          throw e;
        }
      }
    }
  }

  private static List<Setting> unbelieving6(String link) {
    var settings = new ArrayList<Setting>();
    for (var name : List.of("accept_ra", "autoconf", "accept_redirects")) {
      settings.add(Setting.of("ipv6", link, name, 0));
    }
    return settings;
  }

  private static Setting ipv6(String link, BridgeNetwork network) {
    return Setting.of("ipv6", link, "disable_ipv6", network.subnet().isIpv4() ? 1 : 0);
  }
}
