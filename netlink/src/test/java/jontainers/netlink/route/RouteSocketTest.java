package jontainers.netlink.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import jontainers.linux.Errno;
import jontainers.linux.NetworkNamespace;
import jontainers.linux.SyscallException;
import jontainers.netlink.Body;
import jontainers.netlink.Request;
import jontainers.testkit.Command;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@KernelTest
class RouteSocketTest {
  private static final MacAddress MAC = MacAddress.parse("02:42:0a:00:00:01");
  private static final MacAddress PEER = MacAddress.parse("02:42:0a:00:00:02");

  @SuppressWarnings("NullAway.Init")
  private RouteSocket socket;

  @BeforeEach
  void open() throws Exception {
    socket = RouteSocket.open();
  }

  @AfterEach
  void close() {
    socket.close();
  }

  @Test
  void a_bridge_is_what_ip_shows() throws Exception {
    socket.execute(new Bridge("br0", MAC).add(), Link.setMtu("br0", 1400), Link.up("br0"));
    try {
      var json = Command.run("ip", "-d", "-j", "link", "show", "br0");
      assertThat(json)
          .contains("\"ifname\":\"br0\"", "\"mtu\":1400", "\"address\":\"" + MAC + "\"")
          .contains("\"info_kind\":\"bridge\"", "\"UP\"");
      var link = socket.link("br0").orElseThrow();
      assertThat(json).contains("\"ifindex\":" + link.index() + ",");
      assertThat(link.kind()).isEqualTo("bridge");
      assertThat(link.mtu()).isEqualTo(1400);
      assertThat(link.mac()).contains(MAC);
      assertThat(link.isUp()).isTrue();
    } finally {
      socket.execute(Link.delete("br0"));
    }
    assertThat(socket.link("br0")).isEmpty();
  }

  @Test
  void a_veths_peer_is_born_in_the_other_namespace_and_the_near_end_is_a_port_and_up()
      throws Exception {
    socket.execute(new Bridge("br0", MAC).add(), Link.up("br0"));
    try (var namespace = NetworkNamespace.create();
        var inside = RouteSocket.owning(namespace.route())) {
      int bridge = socket.link("br0").orElseThrow().index();
      socket.execute(new VethPair("v0", bridge, 1300, "eth0", PEER, namespace.fd()).add());
      assertThat(Command.run("ip", "-d", "-j", "link", "show", "v0"))
          .contains("\"master\":\"br0\"", "\"mtu\":1300", "\"UP\"", "\"info_kind\":\"veth\"");
      var peer = inside.link("eth0").orElseThrow();
      assertThat(peer.mac()).contains(PEER);
      assertThat(peer.mtu()).isEqualTo(1300);
      assertThat(peer.isUp()).isFalse();
      inside.execute(Link.up("eth0"));
      assertThat(inside.link("eth0").orElseThrow().isUp()).isTrue();
      assertThat(socket.links()).extracting(Link::name).contains("v0").doesNotContain("eth0");
      socket.execute(Link.delete("v0"));
      assertThat(inside.link("eth0")).as("the peer goes too").isEmpty();
    } finally {
      socket.execute(Link.delete("br0"));
    }
  }

  @Test
  void a_link_is_changed_step_by_step() throws Exception {
    socket.execute(new Bridge("br0", MAC).add(), new Bridge("br1", PEER).add());
    try {
      int index = socket.link("br0").orElseThrow().index();
      socket.execute(Link.down("br0"), Link.setMtu("br0", 1280), Link.rename(index, "br2"));
      var link = socket.link("br2").orElseThrow();
      assertThat(link.index()).isEqualTo(index);
      assertThat(link.isUp()).isFalse();
      assertThat(link.mtu()).isEqualTo(1280);
      socket.execute(Link.rename(index, "br0"), Link.up("br0"));
      assertThat(socket.link("br0").orElseThrow().isUp()).isTrue();
    } finally {
      socket.execute(Link.delete("br0"), Link.delete("br1"));
    }
  }

  @Test
  void a_port_joins_and_leaves_a_bridge() throws Exception {
    socket.execute(new Bridge("br0", MAC).add(), Link.up("br0"));
    try (var namespace = NetworkNamespace.create()) {
      int bridge = socket.link("br0").orElseThrow().index();
      socket.execute(new VethPair("v0", bridge, 1500, "eth0", PEER, namespace.fd()).add());
      socket.execute(Link.setMaster("v0", 0));
      assertThat(socket.link("v0").orElseThrow().master()).isEmpty();
      socket.execute(Link.setMaster("v0", bridge));
      assertThat(socket.link("v0").orElseThrow().master()).hasValue(bridge);
      socket.execute(Link.delete("v0"));
    } finally {
      socket.execute(Link.delete("br0"));
    }
  }

  @Test
  void addresses_and_routes_of_both_families_are_what_ip_shows() throws Exception {
    socket.execute(new Bridge("br0", MAC).add(), Link.up("br0"));
    try {
      int index = socket.link("br0").orElseThrow().index();
      var four = new LinkAddress(index, ip("10.9.0.1"), 24);
      var six = new LinkAddress(index, ip("fd00:9::1"), 64);
      var onLink = Route.onLink(ip("10.8.0.0"), 16, index);
      var default4 = Route.defaultVia(ip("10.9.0.254"), index);
      var default6 = Route.defaultVia(ip("fd00:9::ffff"), index);
      socket.execute(four.add(), six.add(), onLink.add(), default4.add(), default6.add());

      assertThat(Command.run("ip", "-j", "address", "show", "br0"))
          .contains("\"local\":\"10.9.0.1\",\"prefixlen\":24,\"broadcast\":\"10.9.0.255\"")
          .contains("\"local\":\"fd00:9::1\",\"prefixlen\":64")
          .doesNotContain("tentative");
      assertThat(Command.run("ip", "-j", "route"))
          .contains("\"dst\":\"default\",\"gateway\":\"10.9.0.254\",\"dev\":\"br0\"")
          .contains("\"dst\":\"10.8.0.0/16\",\"dev\":\"br0\"");
      assertThat(Command.run("ip", "-6", "-j", "route"))
          .contains("\"dst\":\"default\",\"gateway\":\"fd00:9::ffff\",\"dev\":\"br0\"");

      assertThat(socket.addresses()).contains(four, six);
      assertThat(socket.routes())
          .contains(onLink, default4, default6, Route.onLink(ip("10.9.0.0"), 24, index));

      socket.execute(default4.delete(), default6.delete(), onLink.delete());
      socket.execute(four.delete(), six.delete());
      assertThat(socket.addresses()).doesNotContain(four, six);
      assertThat(socket.routes()).doesNotContain(onLink, default4, default6);
    } finally {
      socket.execute(Link.delete("br0"));
    }
  }

  @Test
  void a_link_without_a_link_local_address_has_none() throws Exception {
    socket.execute(new Bridge("br0", MAC).add(), Link.withoutLinkLocalAddress("br0"));
    try (var namespace = NetworkNamespace.create()) {
      int bridge = socket.link("br0").orElseThrow().index();
      socket.execute(new VethPair("v0", bridge, 1500, "eth0", PEER, namespace.fd()).add());
      try (var inside = RouteSocket.owning(namespace.route())) {
        inside.execute(Link.withoutLinkLocalAddress("eth0"), Link.up("eth0"));
        assertThat(inside.addresses()).isEmpty();
      }
      assertThat(Command.run("ip", "-6", "address", "show", "br0")).doesNotContain("fe80");
      socket.execute(Link.delete("v0"));
    } finally {
      socket.execute(Link.delete("br0"));
    }
  }

  @Test
  void an_error_has_the_kernels_own_words() {
    var body = new Body().header32(0).header32(0).header32(0).header32(0);
    body.string(3, "x0").nested(18, info -> info.string(1, "nosuchkind"));
    var request = Request.of("RTM_NEWLINK", "x0", 16, Request.NLM_F_CREATE, body);
    assertThatThrownBy(() -> socket.execute(request))
        .isInstanceOfSatisfying(
            SyscallException.class, e -> assertThat(e.detail()).startsWith("Unknown device type"))
        .hasMessage("RTM_NEWLINK x0: EOPNOTSUPP (Operation not supported): Unknown device type");
  }

  @Test
  void a_refused_value_is_told_in_the_kernels_own_words() throws Exception {
    socket.execute(new Bridge("br0", MAC).add(), Link.up("br0"));
    try {
      assertThatThrownBy(() -> socket.execute(Link.setMtu("br0", -1)))
          .hasMessageMatching("RTM_SETLINK br0 mtu -1: EINVAL \\(.*\\): mtu .* than device .*");
      assertThatThrownBy(() -> socket.execute(Link.up("nosuch")))
          .hasMessage("RTM_SETLINK nosuch up: ENODEV (No such device)");
    } finally {
      socket.execute(Link.delete("br0"));
    }
  }

  @Test
  void a_link_twice_is_an_error_unless_tolerated() throws Exception {
    var add = new Bridge("br0", MAC).add();
    socket.execute(add);
    try {
      assertThatThrownBy(() -> socket.execute(add))
          .hasMessage("RTM_NEWLINK bridge br0: EEXIST (File exists)");
      socket.execute(add.tolerating(Errno.EEXIST));
    } finally {
      socket.execute(Link.delete("br0"));
    }
  }

  @Test
  void after_an_error_the_socket_is_as_good_as_before() throws Exception {
    for (int i = 0; i < 100; i++) {
      assertThatThrownBy(
              () -> socket.execute(Link.up("nosuch"), Link.delete("nosuch"), Link.up("lo")))
          .hasMessageContaining("ENODEV");
      assertThat(socket.link("lo")).isPresent();
    }
  }

  @Test
  void a_dump_of_many_parts_is_complete_while_links_come_and_go() throws Exception {
    var names = new ArrayList<String>();
    for (int i = 0; i < 60; i++) {
      names.add("many" + i);
    }
    try {
      for (var name : names) {
        socket.execute(new Bridge(name, MAC).add());
      }
      assertThat(socket.links()).extracting(Link::name).containsAll(names);
      var churn =
          Thread.ofPlatform()
              .start(() -> {
                try (var other = RouteSocket.open()) {
                  for (int i = 0; i < 50; i++) {
                    other.execute(new Bridge("churn", PEER).add());
                    other.execute(Link.delete("churn"));
                  }
                } catch (SyscallException e) {
                  throw new AssertionError(e);
                }
              });
      do {
        assertThat(socket.links())
            .extracting(Link::name)
            .containsAll(names)
            .doesNotHaveDuplicates();
      } while (churn.isAlive());
      churn.join();
    } finally {
      for (var name : names) {
        socket.execute(Link.delete(name).tolerating(Errno.ENODEV));
      }
    }
  }

  @Test
  void threads_share_a_socket_without_mixing_answers() throws Exception {
    socket.execute(new Bridge("br0", MAC).add(), Link.up("br0"));
    try {
      var wrong = new ArrayList<String>();
      var threads = new ArrayList<Thread>();
      for (var name : List.of("lo", "br0", "nosuch", "lo")) {
        threads.add(
            Thread.ofPlatform()
                .start(() -> {
                  for (int i = 0; i < 300; i++) {
                    try {
                      var found = socket.link(name).map(Link::name).orElse("nosuch");
                      if (!found.equals(name)) {
                        synchronized (wrong) {
                          wrong.add(found);
                        }
                      }
                    } catch (SyscallException e) {
                      throw new AssertionError(e);
                    }
                  }
                }));
      }
      for (var thread : threads) {
        thread.join();
      }
      assertThat(wrong).isEmpty();
    } finally {
      socket.execute(Link.delete("br0"));
    }
  }

  private static InetAddress ip(String text) {
    return InetAddress.ofLiteral(text);
  }
}
