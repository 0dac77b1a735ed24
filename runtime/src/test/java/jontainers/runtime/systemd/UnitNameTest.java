package jontainers.runtime.systemd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `cgroupsPath` as systemd has it, and where the cgroups of units are.
class UnitNameTest {
  @ParameterizedTest
  @CsvSource({
    "system.slice:docker:1, system.slice, docker-1.scope, /system.slice/docker-1.scope",
    "a-b-c.slice:p:n, a-b-c.slice, p-n.scope, /a.slice/a-b.slice/a-b-c.slice/p-n.scope",
    ":p:n, system.slice, p-n.scope, /system.slice/p-n.scope",
    "-.slice:p:n, -.slice, p-n.scope, /p-n.scope",
    "-:p:n, -.slice, p-n.scope, /p-n.scope",
    "a.slice::n, a.slice, -n.scope, /a.slice/-n.scope",
    "a.slice:p:a-b.slice, a.slice, a-b.slice, /a.slice/a-b.slice",
    "'', system.slice, jontainers-one.scope, /system.slice/jontainers-one.scope"
  })
  void a_path_is_a_unit_in_a_slice(String path, String slice, String unit, String cgroup) {
    var name = UnitName.parse(path, "system.slice", "jontainers", "one");

    assertThat(name.slice()).isEqualTo(slice);
    assertThat(name.unit()).isEqualTo(unit);
    assertThat(name.cgroup()).isEqualTo(cgroup);
    assertThat(name.isSlice()).isEqualTo(unit.endsWith(".slice"));
  }

  @ParameterizedTest
  @CsvSource({
    "a--b.slice:p:n",
    "-a.slice:p:n",
    "a-.slice:p:n",
    "a/b.slice:p:n",
    "..:p:n",
    ".slice:p:n",
    "a.scope:p:n",
    "a:p:n",
    "a.slice:p:b--c.slice",
    "a b.slice:p:n"
  })
  void a_slice_that_is_none_is_refused(String path) {
    assertThatThrownBy(() -> UnitName.parse(path, "system.slice", "jontainers", "one"))
        .hasMessageStartingWith("invalid slice name: \"");
  }

  @ParameterizedTest
  @CsvSource({"a.slice:p:../n", "a.slice:p:n+", "a.slice:p/q:n"})
  void a_unit_with_another_character_is_refused(String path) {
    assertThatThrownBy(() -> UnitName.parse(path, "system.slice", "jontainers", "one"))
        .hasMessageStartingWith("not the name of a unit: \"p");
  }

  @ParameterizedTest
  @CsvSource({"/a/b", "a:b", "a:b:c:d", "a"})
  void another_form_is_refused(String path) {
    assertThatThrownBy(() -> UnitName.parse(path, "system.slice", "jontainers", "one"))
        .hasMessage(
            "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \""
                + path
                + "\" instead");
  }

  @Test
  void a_name_has_an_end() {
    assertThatThrownBy(() -> UnitName.parse(":p:" + "n".repeat(300), "system.slice", "p", "n"))
        .hasMessageStartingWith("not the name of a unit");
  }
}
