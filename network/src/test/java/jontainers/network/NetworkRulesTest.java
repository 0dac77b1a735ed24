package jontainers.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import jontainers.linux.Errno;
import jontainers.linux.SyscallException;
import jontainers.netlink.route.Link;
import jontainers.netlink.route.LinkAddress;
import jontainers.netlink.route.MacAddress;
import jontainers.netlink.route.Route;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetworkRulesTest {
  private static final Link ETH0 = link(2, "eth0", "");

  @Test
  void a_good_network_on_an_empty_host_has_no_problems() throws Exception {
    var network = network("172.19.80.0/24");
    assertThat(network.problems()).isEmpty();
    assertThat(new HostView(List.of(), List.of(), List.of()).problems(network)).isEmpty();
  }

  @Test
  void all_that_is_wrong_with_a_network_is_told_at_once() throws Exception {
    var network =
        new BridgeNetwork(
            "../etc", "0123456789abcdef", Cidr.parse("10.0.0.0/24"), CidrTest.ip("10.0.1.1"), 10);
    assertThatThrownBy(() -> Problem.throwIfAny(network.problems()))
        .hasMessage(
            "not a network's name: ../etc (letters, digits, '_', '.', '-'); not a link's name:"
                + " 0123456789abcdef (up to 15 letters and digits); gateway 10.0.1.1 is no host's"
                + " address in 10.0.0.0/24; mtu 10 is not within 68 to 65535");
  }

  @Test
  void a_subnet_without_room_for_a_container_is_too_small() throws Exception {
    assertThatThrownBy(() -> network("10.0.0.0/31"))
        .hasMessage("subnet 10.0.0.0/31 is too small: it needs a gateway and a container");
    assertThat(network("10.0.0.0/30").problems()).isEmpty();
  }

  @Test
  void loopback_and_multicast_are_not_for_hosts() throws Exception {
    assertThat(network("127.1.0.0/16").problems()).hasSize(1);
    assertThat(network("224.0.0.0/16").problems())
        .extracting(Problem::text)
        .containsExactly("subnet 224.0.0.0/16 is not for hosts");
  }

  @Test
  void an_overlapping_route_is_named_with_its_link() throws Exception {
    var host = new HostView(List.of(ETH0), List.of(), List.of(route("172.19.0.0", 16, 2)));
    assertThatThrownBy(() -> Problem.throwIfAny(host.problems(network("172.19.80.0/24"))))
        .isInstanceOfSatisfying(
            NetworkException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(NetworkException.Reason.CONFLICT);
              assertThat(e.hint()).contains("choose a subnet that the host does not use: --subnet");
            })
        .hasMessage("subnet 172.19.80.0/24 overlaps the route 172.19.0.0/16 of link eth0");
  }

  @Test
  void default_routes_whole_or_in_halves_overlap_nothing() throws Exception {
    var host =
        new HostView(
            List.of(ETH0),
            List.of(),
            List.of(
                Route.defaultVia(CidrTest.ip("10.0.0.1"), 2),
                route("0.0.0.0", 1, 2),
                route("128.0.0.0", 1, 2)));
    assertThat(host.problems(network("172.19.80.0/24"))).isEmpty();
  }

  @Test
  void the_networks_own_bridge_is_not_in_its_way() throws Exception {
    var host =
        new HostView(
            List.of(link(5, "jt0", "bridge")),
            List.of(new LinkAddress(5, CidrTest.ip("172.19.80.1"), 24)),
            List.of(route("172.19.80.0", 24, 5)));
    assertThat(host.problems(network("172.19.80.0/24"))).isEmpty();
  }

  @Test
  void a_gateway_address_that_another_link_has_is_in_use() throws Exception {
    var host =
        new HostView(
            List.of(ETH0), List.of(new LinkAddress(2, CidrTest.ip("172.19.80.1"), 32)), List.of());
    assertThat(host.problems(network("172.19.80.0/24")))
        .extracting(Problem::text)
        .containsExactly("address 172.19.80.1 is in use by link eth0");
  }

  @Test
  void a_link_of_the_bridges_name_that_is_no_bridge_is_refused() throws Exception {
    var host = new HostView(List.of(link(5, "jt0", "veth")), List.of(), List.of());
    assertThat(host.problems(network("172.19.80.0/24")))
        .extracting(Problem::text)
        .containsExactly("link jt0 is no bridge: it is of type veth");
  }

  @Test
  void a_host_links_name_tells_owners_and_networks_apart() {
    var names = new HashSet<String>();
    for (int i = 0; i < 5000; i++) {
      names.add(HostLink.name("aaaaaaaaaaaa" + i, "bridge"));
      names.add(HostLink.name("aaaaaaaaaaaa" + i, "other"));
    }
    assertThat(names).hasSizeGreaterThan(9990).allMatch(n -> n.matches("jtaaaaaaaa[a-z2-7]{5}"));
    assertThat(HostLink.name("c0ffee0123456789", "bridge"))
        .startsWith("jtc0ffee01")
        .hasSize(15)
        .isEqualTo(HostLink.name("c0ffee0123456789", "bridge"));
    assertThat(HostLink.name("-/ä", "bridge")).matches("jt[a-z2-7]{5}");
  }

  @Test
  void a_missing_kernel_feature_is_named_by_its_option() {
    explains("unshare", "network namespace", Errno.EINVAL, "network namespaces", "CONFIG_NET_NS");
    explains("RTM_NEWLINK", "bridge jt0", Errno.EOPNOTSUPP, "bridges", "CONFIG_BRIDGE");
    explains("RTM_NEWLINK", "veth jtx", Errno.EOPNOTSUPP, "veth links", "CONFIG_VETH");
    explains(
        "socket", "netlink netfilter socket", Errno.EPROTONOSUPPORT, "netfilter over netlink", "");
    explains("NFNL_MSG_BATCH_BEGIN", "", Errno.EOPNOTSUPP, "nf_tables", "CONFIG_NF_TABLES");
    explains("NFT_MSG_GETSETELEM", "", Errno.EINVAL, "nf_tables", "CONFIG_NF_TABLES");
    explains("NFT_MSG_NEWTABLE", "", Errno.EAFNOSUPPORT, "", "CONFIG_NF_TABLES_INET");
    explains(
        "NFT_MSG_NEWCHAIN", "chain postrouting of x", Errno.ENOENT, "NAT in", "CONFIG_NFT_NAT");
    explains("NFT_MSG_NEWRULE", "in chain postrouting of x", Errno.ENOENT, "", "CONFIG_NFT_MASQ");
    explains(
        "NFT_MSG_NEWCHAIN",
        "chain prerouting of " + SourceGuard.TABLE,
        Errno.ENOENT,
        "nf_tables for bridges",
        "CONFIG_NF_TABLES_BRIDGE");
    explains(
        "NFT_MSG_NEWRULE",
        "in chain forward of " + Firewall.TABLE,
        Errno.ENOENT,
        "connections in",
        "CONFIG_NFT_CT");
  }

  @Test
  void other_errors_are_told_as_they_are() {
    var cause = new SyscallException("RTM_NEWLINK", "bridge jt0", Errno.EPERM);
    assertThat(KernelFeature.explain("prepare network bridge", cause))
        .hasMessage(
            "cannot prepare network bridge: RTM_NEWLINK bridge jt0: EPERM (Operation not"
                + " permitted)")
        .satisfies(e -> {
          assertThat(e.reason()).isEqualTo(NetworkException.Reason.SYSTEM);
          assertThat(e.hint()).contains("networks need root (CAP_NET_ADMIN)");
        });
  }

  @Test
  void what_was_done_is_taken_back_in_reverse_and_in_full() {
    var order = new ArrayList<String>();
    var undo = new Undo();
    undo.push(() -> order.add("first"));
    undo.push(() -> fail("second"));
    undo.push(() -> order.add("third"));
    assertThatThrownBy(() -> undo.attempt(() -> fail("the deed")))
        .hasMessage("the deed")
        .satisfies(e -> assertThat(e.getSuppressed()[0]).hasMessage("second"));
    assertThat(order).containsExactly("third", "first");
  }

  @Test
  void a_state_file_is_read_as_it_was_written(@TempDir Path directory) throws Exception {
    var file = directory.resolve("a/b");
    assertThat(StateFile.read(file)).isEmpty();
    StateFile.write(file, Map.of("key", "a value"));
    StateFile.write(file, Map.of("key", "another value"));
    assertThat(StateFile.read(file)).contains(Map.of("key", "another value"));
    try (var files = Files.list(directory.resolve("a"))) {
      assertThat(files).containsExactly(file);
    }
    Files.writeString(directory.resolve("a/.b.new"), "key of a writer that was ki");
    StateFile.delete(file);
    assertThat(directory.resolve("a")).isEmptyDirectory();
  }

  @Test
  void damaged_state_names_its_directory(@TempDir Path directory) throws Exception {
    var prepared =
        new Prepared(network("10.0.0.0/24"), Prepared.Origin.CREATED, Prepared.Origin.FOUND);
    prepared.write(directory);
    assertThat(Prepared.read(directory)).contains(prepared);
    Files.writeString(directory.resolve("prepared"), "name bridge\nsubnet 10.0.0");
    assertThatThrownBy(() -> Prepared.read(directory))
        .hasMessageStartingWith("the network state in " + directory + " is damaged: not a network");
  }

  @Test
  void a_multicast_mac_and_a_path_for_an_owner_are_refused() throws Exception {
    var request =
        EndpointRequest.of("../web", network("10.0.0.0/24"))
            .withMac(MacAddress.parse("01:00:5e:00:00:01"));
    assertThat(request.problems())
        .extracting(Problem::text)
        .containsExactly(
            "not an owner's name: ../web", "MAC address 01:00:5e:00:00:01 is a multicast address");
  }

  private static void explains(
      String call, String object, Errno errno, String feature, String option) {
    var e = KernelFeature.explain("do it", new SyscallException(call, object, errno));
    assertThat(e.reason()).isEqualTo(NetworkException.Reason.UNSUPPORTED);
    assertThat(e).hasMessageStartingWith("cannot do it: the kernel has no " + feature);
    assertThat(e.hint().orElseThrow()).startsWith("the kernel needs CONFIG_").contains(option);
  }

  private static boolean fail(String message) throws NetworkException {
    throw new NetworkException(NetworkException.Reason.SYSTEM, message);
  }

  private static BridgeNetwork network(String subnet) throws NetworkException {
    return BridgeNetwork.of("bridge", "jt0", Cidr.parse(subnet));
  }

  private static Link link(int index, String name, String kind) {
    return new Link(index, name, kind, 1, 1500, OptionalInt.empty(), Optional.empty());
  }

  private static Route route(String destination, int length, int link) {
    return Route.onLink(InetAddress.ofLiteral(destination), length, link);
  }
}
