package jontainers.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.EnumSet;
import java.util.Map;
import jontainers.runtime.step.NamespaceKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SysctlsTest {
  private static final EnumSet<NamespaceKind> ALL = EnumSet.allOf(NamespaceKind.class);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kernel.panic",
        "vm.swappiness",
        "kernel.core_pattern",
        "fs.file-max",
        "net",
        "net.ipv4/../../kernel/panic",
        "kernel.hostname",
        "net..x",
        "/net/ipv4/x",
        "net.ipv4.\0"
      })
  void what_is_in_no_namespace_is_refused(String name) {
    assertThatThrownBy(() -> Sysctls.check(Map.of(name, "1"), ALL))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("is not in a namespace");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"net.core.somaxconn", "kernel.shmmax", "fs.mqueue.msg_max", "kernel.domainname"})
  void what_is_in_a_namespace_of_its_own_is_allowed(String name) {
    assertThatCode(() -> Sysctls.check(Map.of(name, "1"), ALL)).doesNotThrowAnyException();
  }

  @Test
  void the_namespace_must_not_be_the_hosts() {
    var own = EnumSet.complementOf(EnumSet.of(NamespaceKind.NETWORK));

    assertThatThrownBy(() -> Sysctls.check(Map.of("net.core.somaxconn", "1"), own))
        .hasMessageContaining("needs a network namespace");
  }

  @ParameterizedTest
  @CsvSource({
    "net.core.somaxconn, /proc/sys/net/core/somaxconn",
    "net/core/somaxconn, /proc/sys/net/core/somaxconn",
    "net.ipv4.conf.eth0/1.forwarding, /proc/sys/net/ipv4/conf/eth0.1/forwarding",
    "net/ipv4/conf/eth0.1/forwarding, /proc/sys/net/ipv4/conf/eth0.1/forwarding"
  })
  void the_first_separator_decides(String name, String path) {
    assertThat(Sysctls.path(name)).isEqualTo(path);
  }
}
