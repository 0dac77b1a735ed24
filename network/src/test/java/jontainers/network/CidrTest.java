package jontainers.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {
  @ParameterizedTest
  @ValueSource(strings = {"172.19.80.0/24", "0.0.0.0/0", "10.0.0.1/32", "fd00:1::/64", "::/0"})
  void a_network_is_read_and_written_alike(String text) throws Exception {
    assertThat(Cidr.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "172.19.80/24",
        "172.19.080.0/24",
        "256.0.0.0/8",
        "host/24",
        "",
        "/24",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/8/8",
        "10.0.0.0/",
        "10.0.0.0/08",
        "fe80::%eth0/64",
        "::/129",
        "1.2.3.4",
        "0x7f.0.0.0/8",
        " 10.0.0.0/8",
        "10.0.0.0/1e1"
      })
  void what_is_no_network_is_refused_and_repeated(String text) {
    assertThatThrownBy(() -> Cidr.parse(text))
        .isInstanceOfSatisfying(
            NetworkException.class,
            e -> assertThat(e.reason()).isEqualTo(NetworkException.Reason.INVALID))
        .hasMessageStartingWith("not a network: " + text);
  }

  @ParameterizedTest
  @CsvSource({
    "172.19.80.5/24, 172.19.80.0/24",
    "10.1.2.3/12, 10.0.0.0/12",
    "fd00:1::5/64, fd00:1::/64"
  })
  void set_host_bits_are_refused_and_the_hint_has_the_network(String text, String network) {
    assertThatThrownBy(() -> Cidr.parse(text))
        .isInstanceOfSatisfying(
            NetworkException.class, e -> assertThat(e.hint()).contains("the network is " + network))
        .hasMessage("not a network: " + text + ": host bits are set");
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/24, 254, 10.0.0.1",
    "10.0.0.0/30, 2, 10.0.0.1",
    "255.255.255.0/24, 254, 255.255.255.1",
    "fd00::/126, 3, fd00::1",
    "fd00::/64, 4611686018427387904, fd00::1"
  })
  void a_network_knows_its_hosts(String text, long hosts, String first) throws Exception {
    assertThat(Cidr.parse(text).hosts()).isEqualTo(hosts);
    assertThat(Cidr.parse(text).host(0)).isEqualTo(ip(first));
  }

  @Test
  void the_smallest_networks_have_no_hosts() throws Exception {
    assertThat(Cidr.parse("10.0.0.0/31").hosts()).isZero();
    assertThat(Cidr.parse("10.0.0.0/32").hosts()).isZero();
    assertThatThrownBy(() -> Cidr.parse("10.0.0.0/31").host(0))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void the_last_host_is_in_front_of_the_broadcast_address() throws Exception {
    var network = Cidr.parse("172.19.80.0/24");
    assertThat(network.host(253)).isEqualTo(ip("172.19.80.254"));
    assertThat(network.isHost(ip("172.19.80.254"))).isTrue();
    assertThat(network.isHost(ip("172.19.80.255"))).isFalse();
    assertThat(network.isHost(ip("172.19.80.0"))).isFalse();
    assertThat(network.isHost(ip("172.19.81.1"))).isFalse();
    assertThat(Cidr.parse("fd00::/64").isHost(ip("fd00::ffff:ffff:ffff:ffff"))).isTrue();
  }

  @Test
  void families_never_contain_each_other() throws Exception {
    assertThat(Cidr.parse("0.0.0.0/0").contains(ip("::1"))).isFalse();
    assertThat(Cidr.parse("::/0").contains(ip("10.0.0.1"))).isFalse();
    assertThat(Cidr.parse("::/0").overlaps(Cidr.parse("0.0.0.0/0"))).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.1.0.0/16, true",
    "10.1.0.0/16, 10.0.0.0/8, true",
    "10.1.0.0/16, 10.2.0.0/16, false",
    "10.1.0.0/16, 10.1.0.0/16, true",
    "fd00::/8, fd12::/64, true"
  })
  void overlap_is_mutual(String one, String other, boolean overlap) throws Exception {
    assertThat(Cidr.parse(one).overlaps(Cidr.parse(other))).isEqualTo(overlap);
    assertThat(Cidr.parse(other).overlaps(Cidr.parse(one))).isEqualTo(overlap);
  }

  @ParameterizedTest
  @CsvSource({
    "0:0:0:0:0:0:0:0, ::",
    "fd00:0:0:0:0:0:0:1, fd00::1",
    "1:0:0:2:0:0:0:3, 1:0:0:2::3",
    "1:0:0:2:3:0:0:4, 1::2:3:0:0:4",
    "1:0:2:3:4:5:6:7, 1:0:2:3:4:5:6:7",
    "fd00:1:0:0:0:0:0:0, fd00:1::"
  })
  void ipv6_is_written_as_rfc_5952_says(String text, String canonical) {
    assertThat(IpText.of(ip(text))).isEqualTo(canonical);
  }

  static InetAddress ip(String text) {
    return IpText.parse(text).orElseThrow();
  }
}
