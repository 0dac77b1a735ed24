package jontainers.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import jontainers.testkit.Command;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AddressesTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path directory;

  @Test
  void addresses_are_given_out_from_the_lowest_and_never_the_gateways() throws Exception {
    var addresses = addresses("10.0.0.0/24");
    assertThat(addresses.claim("a")).isEqualTo(CidrTest.ip("10.0.0.2"));
    assertThat(addresses.claim("b")).isEqualTo(CidrTest.ip("10.0.0.3"));
    assertThat(addresses.owners()).isEqualTo(Map.of("10.0.0.2", "a", "10.0.0.3", "b"));
  }

  @Test
  void a_freed_address_is_the_last_to_be_used_again() throws Exception {
    var addresses = addresses("10.0.0.0/29"); // .2 to .6
    var first = addresses.claim("a");
    addresses.release("a", first);
    for (int i = 3; i <= 6; i++) {
      assertThat(addresses.claim("b")).isEqualTo(CidrTest.ip("10.0.0." + i));
    }
    assertThat(addresses.claim("c")).isEqualTo(first);
  }

  @Test
  void a_full_network_says_so_and_what_to_do() throws Exception {
    var addresses = addresses("10.0.0.0/30");
    var _ = addresses.claim("a");
    assertThatThrownBy(() -> addresses.claim("b"))
        .isInstanceOfSatisfying(
            NetworkException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(NetworkException.Reason.CONFLICT);
              assertThat(e.hint())
                  .contains("remove containers, or make a network with a larger --subnet");
            })
        .hasMessage("no free address in 10.0.0.0/30 of network test");
  }

  @Test
  void a_given_address_that_is_taken_names_its_owner() throws Exception {
    var addresses = addresses("10.0.0.0/24");
    addresses.claim("web", CidrTest.ip("10.0.0.9"));
    assertThatThrownBy(() -> addresses.claim("db", CidrTest.ip("10.0.0.9")))
        .hasMessage("address 10.0.0.9 is in use by container web");
  }

  @Test
  void a_given_address_must_be_a_hosts_of_the_network() throws Exception {
    var addresses = addresses("10.0.0.0/24");
    for (var wrong : List.of("10.0.0.0", "10.0.0.255", "10.0.1.1", "fd00::1")) {
      assertThatThrownBy(() -> addresses.claim("a", CidrTest.ip(wrong)))
          .hasMessage("address " + wrong + " is no host's address in 10.0.0.0/24");
    }
    assertThatThrownBy(() -> addresses.claim("a", CidrTest.ip("10.0.0.1")))
        .hasMessage("address 10.0.0.1 is the gateway of network test");
  }

  @Test
  void only_its_owner_frees_an_address() throws Exception {
    var addresses = addresses("10.0.0.0/24");
    var address = addresses.claim("a");
    addresses.release("b", address);
    assertThat(addresses.owners()).hasSize(1);
    addresses.release("a", address);
    addresses.release("a", address);
    assertThat(addresses.owners()).isEmpty();
  }

  @Test
  void all_addresses_of_a_dead_owner_are_freed_at_once() throws Exception {
    var addresses = addresses("10.0.0.0/24");
    var _ = addresses.claim("dead");
    var _ = addresses.claim("alive");
    var _ = addresses.claim("dead");
    assertThat(addresses.releaseOwnedBy("dead")).isEqualTo(2);
    assertThat(addresses.releaseOwnedBy("dead")).isZero();
    assertThat(addresses.owners()).containsOnlyKeys("10.0.0.3");
  }

  @Test
  void addresses_survive_the_process() throws Exception {
    var _ = addresses("10.0.0.0/24").claim("a");
    assertThat(addresses("10.0.0.0/24").claim("b")).isEqualTo(CidrTest.ip("10.0.0.3"));
  }

  @Test
  void ipv6_addresses_are_given_out_too() throws Exception {
    assertThat(addresses("fd00:1::/64").claim("a")).isEqualTo(CidrTest.ip("fd00:1::2"));
    assertThat(addresses("fd00:1::/64").owners()).containsOnlyKeys("fd00:1::2");
  }

  @Test
  void files_of_others_are_not_addresses() throws Exception {
    Files.writeString(directory.resolve("README"), "");
    assertThat(addresses("10.0.0.0/24").owners()).isEmpty();
  }

  @Test
  void a_network_that_is_not_prepared_has_no_addresses() throws Exception {
    var network = BridgeNetwork.of("test", "test0", Cidr.parse("10.0.0.0/24"));
    var addresses = new Addresses(directory.resolve("nosuch"), network);
    assertThat(addresses.owners()).isEmpty();
    assertThatThrownBy(() -> addresses.claim("a")).hasMessage("network test is not prepared");
  }

  @Test
  void threads_and_processes_at_once_never_share_an_address() throws Exception {
    int perClaimer = 50;
    var claimers = List.of(addresses("10.0.0.0/23"), addresses("10.0.0.0/23"));
    var claimed = Collections.synchronizedList(new ArrayList<InetAddress>());
    var start = new CountDownLatch(1);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 8; i++) {
        var addresses = claimers.get(i % 2);
        String owner = "owner" + i;
        var _ =
            threads.submit(
                (Callable<Integer>)
                    () -> {
                      start.await();
                      for (int n = 0; n < perClaimer; n++) {
                        claimed.add(addresses.claim(owner));
                      }
                      return perClaimer;
                    });
      }
      start.countDown();
    }
    assertThat(new HashSet<>(claimed)).hasSize(8 * perClaimer);
    var owners = claimers.getFirst().owners();
    assertThat(owners)
        .hasSize(8 * perClaimer)
        .allSatisfy((_, o) -> assertThat(o).startsWith("owner"));
    assertThat(Command.run("ls", "-A", directory.toString()).lines()).hasSize(8 * perClaimer);
  }

  private Addresses addresses(String subnet) throws NetworkException {
    return new Addresses(directory, BridgeNetwork.of("test", "test0", Cidr.parse(subnet)));
  }
}
