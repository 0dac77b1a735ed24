package jontainers.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HostFilesTest {
  @Test
  void hosts_ends_with_the_containers_own_address() throws Exception {
    var address = InetAddress.ofLiteral("172.19.80.2");

    assertThat(HostFiles.hosts(List.of(), Optional.of(address), "box"))
        .startsWith("127.0.0.1\tlocalhost\n")
        .endsWith("172.19.80.2\tbox\n");
    assertThat(HostFiles.hosts(List.of(), Optional.empty(), "box")).doesNotContain("box");
    assertThat(HostFiles.hosts(List.of("192.0.2.7\tdb"), Optional.empty(), "box"))
        .contains("\n192.0.2.7\tdb\n");
  }

  @Test
  void what_the_user_says_of_names_replaces_the_hosts() {
    String hosts = "search example.org\nnameserver 192.0.2.1\noptions ndots:2\n";

    assertThat(HostFiles.resolvConf(settings(List.of("9.9.9.9"), List.of(), List.of()), hosts))
        .isEqualTo("search example.org\noptions ndots:2\nnameserver 9.9.9.9\n");
    assertThat(HostFiles.resolvConf(settings(List.of(), List.of("."), List.of("rotate")), hosts))
        .isEqualTo("nameserver 192.0.2.1\noptions rotate\n");
    assertThat(HostFiles.resolvConf(NetworkSettings.of(NetworkMode.BRIDGE), hosts))
        .isEqualTo(hosts);
  }

  private static NetworkSettings settings(
      List<String> dns, List<String> search, List<String> options) {
    return new NetworkSettings(
        NetworkMode.BRIDGE, Optional.empty(), Optional.empty(), dns, search, options, List.of());
  }

  @Test
  void name_servers_that_a_container_can_reach_are_kept() {
    String hosts = "search example.org\nnameserver 192.0.2.1\noptions ndots:2\n";

    assertThat(HostFiles.resolvConf(hosts)).isEqualTo(hosts);
  }

  @Test
  void loopback_name_servers_are_dropped() {
    assertThat(HostFiles.resolvConf("nameserver 127.0.0.53\nnameserver 192.0.2.1\n"))
        .isEqualTo("nameserver 192.0.2.1\n");
  }

  @Test
  void without_any_name_server_the_public_ones_stand_in() {
    assertThat(HostFiles.resolvConf("search lan\nnameserver ::1\n"))
        .isEqualTo("search lan\nnameserver 8.8.8.8\nnameserver 8.8.4.4\n");
    assertThat(HostFiles.resolvConf("")).isEqualTo("nameserver 8.8.8.8\nnameserver 8.8.4.4\n");
  }
}
