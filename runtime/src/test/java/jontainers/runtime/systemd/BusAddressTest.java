package jontainers.runtime.systemd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Where a bus is.
class BusAddressTest {
  @Test
  void an_address_names_sockets_in_order() throws DBusException {
    assertThat(BusAddress.parse("unix:path=/run/a%20b,guid=1;tcp:host=x;unix:abstract=/tmp/c"))
        .containsExactly(
            new BusAddress("/run/a b", BusAddress.Peer.BUS),
            new BusAddress("@/tmp/c", BusAddress.Peer.BUS));
  }

  @Test
  void an_abstract_name_begins_with_a_zero_byte() throws DBusException {
    assertThat(new BusAddress("@ab", BusAddress.Peer.BUS).ofAbstract())
        .containsExactly(1, 0, 0, 'a', 'b');
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "tcp:host=x", "unix:", "unix:path=/a%2", "unix:path=%zz"})
  void what_is_none_is_refused(String address) {
    assertThatThrownBy(() -> BusAddress.parse(address)).isInstanceOf(DBusException.class);
  }

  @Test
  void the_environment_names_the_bus() throws DBusException {
    assertThat(BusAddress.ofSystem(Map.of("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/a")))
        .containsExactly(new BusAddress("/a", BusAddress.Peer.BUS));
    assertThat(
            BusAddress.ofUser(
                Map.of("DBUS_SESSION_BUS_ADDRESS", "unix:path=/b", "XDG_RUNTIME_DIR", "/c"), 7))
        .containsExactly(new BusAddress("/b", BusAddress.Peer.BUS));
  }

  @Test
  void systemd_itself_comes_after_the_bus(@TempDir Path runtime) throws Exception {
    var bus = new BusAddress(runtime.resolve("bus").toString(), BusAddress.Peer.BUS);
    var environment = Map.of("XDG_RUNTIME_DIR", runtime.toString());

    assertThat(BusAddress.ofUser(environment, 7)).containsExactly(bus);

    Files.createDirectories(runtime.resolve("systemd/private"));
    assertThat(BusAddress.ofUser(environment, 7))
        .containsExactly(
            bus,
            new BusAddress(runtime.resolve("systemd/private").toString(), BusAddress.Peer.MANAGER));
  }

  @Test
  void a_user_without_an_environment_is_known_by_number() throws DBusException {
    assertThat(BusAddress.ofUser(Map.of(), 424242).getFirst().name())
        .isEqualTo("/run/user/424242/bus");
  }
}
