package jontainers.oci;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class DockerSeccompProfileTest {
  private static final KernelVersion NEW = new KernelVersion(6, 18);
  private static final Set<String> DEFAULT = Set.of("CAP_CHOWN", "CAP_SYS_CHROOT");

  private final DockerSeccompProfile profile = DockerSeccompProfile.standard();

  @Test
  void the_default_profile_resolves_for_a_container_of_docker() {
    var seccomp = profile.resolve(DEFAULT, "amd64", NEW);

    assertThat(seccomp.defaultAction()).isEqualTo("SCMP_ACT_ERRNO");
    assertThat(seccomp.defaultErrnoRet()).isEqualTo(1);
    assertThat(seccomp.architectures())
        .containsExactly("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32");
    assertThat(allowed(seccomp))
        .contains("read", "chroot", "ptrace", "arch_prctl", "clone")
        .doesNotContain("mount", "bpf", "reboot", "arm_fadvise64_64", "s390_pci_mmio_read");
    assertThat(seccomp.syscalls())
        .contains(new SeccompRule(List.of("clone3"), "SCMP_ACT_ERRNO", 38, List.of()));
  }

  /// The golden files are made from moby's profile by its own rules, written down once more in
  /// Python; `linux` compiles them.
  @Test
  void a_container_with_dockers_capabilities_gets_the_golden_profile() throws IOException {
    var capabilities =
        Set.of(
            "CAP_CHOWN",
            "CAP_DAC_OVERRIDE",
            "CAP_FSETID",
            "CAP_FOWNER",
            "CAP_MKNOD",
            "CAP_NET_RAW",
            "CAP_SETGID",
            "CAP_SETUID",
            "CAP_SETFCAP",
            "CAP_SETPCAP",
            "CAP_NET_BIND_SERVICE",
            "CAP_SYS_CHROOT",
            "CAP_KILL",
            "CAP_AUDIT_WRITE");
    for (String architecture : List.of("amd64", "arm64")) {
      var golden =
          Path.of("../linux/src/test/resources/jontainers/linux/seccomp")
              .resolve("docker-default-" + architecture + ".txt");

      assertThat(lines(profile.resolve(capabilities, architecture, NEW)))
          .containsExactlyElementsOf(Files.readAllLines(golden));
    }
  }

  private static List<String> lines(Seccomp seccomp) {
    var lines = new ArrayList<String>();
    lines.add("default 5000" + seccomp.defaultErrnoRet());
    seccomp.architectures().forEach(name -> lines.add("arch " + name));
    for (var rule : seccomp.syscalls()) {
      String arguments =
          rule.args().stream()
              .map(a -> a.index() + ":" + a.op() + ":" + a.value() + ":" + a.valueTwo())
              .collect(Collectors.joining(","));
      lines.add(
          "rule "
              + (rule.action().equals("SCMP_ACT_ALLOW") ? "7fff0000" : "50026")
              + (arguments.isEmpty() ? " - " : " " + arguments + " ")
              + String.join(" ", rule.names()));
    }
    return lines;
  }

  @Test
  void a_capability_brings_its_calls() {
    var seccomp = profile.resolve(Set.of("CAP_SYS_ADMIN"), "amd64", NEW);

    assertThat(allowed(seccomp)).contains("mount", "clone3", "bpf").doesNotContain("chroot");
    assertThat(seccomp.syscalls()).noneMatch(rule -> Integer.valueOf(38).equals(rule.errnoRet()));
  }

  @Test
  void an_old_kernel_has_no_ptrace() {
    assertThat(allowed(profile.resolve(DEFAULT, "amd64", new KernelVersion(4, 7))))
        .doesNotContain("ptrace");
  }

  @Test
  void another_architecture_has_its_own_calls() {
    var seccomp = profile.resolve(DEFAULT, "arm64", NEW);

    assertThat(seccomp.architectures()).containsExactly("SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM");
    assertThat(allowed(seccomp)).contains("arm_fadvise64_64").doesNotContain("arch_prctl");
  }

  @Test
  void a_profile_in_the_form_of_the_runtime_specification_is_read_too() {
    var seccomp =
        parse(
                """
                {"defaultAction": "SCMP_ACT_ALLOW",
                 "architectures": ["SCMP_ARCH_X86"],
                 "flags": ["SECCOMP_FILTER_FLAG_LOG"],
                 "syscalls": [{"name": "mkdir", "action": "SCMP_ACT_KILL", "args": null}]}
                """)
            .resolve(Set.of(), "amd64", NEW);

    assertThat(seccomp)
        .isEqualTo(
            new Seccomp(
                "SCMP_ACT_ALLOW",
                null,
                List.of("SCMP_ARCH_X86"),
                List.of("SECCOMP_FILTER_FLAG_LOG"),
                null,
                null,
                List.of(new SeccompRule(List.of("mkdir"), "SCMP_ACT_KILL", null, List.of()))));
  }

  @Test
  void what_contradicts_itself_is_refused() {
    assertThatThrownBy(() -> parse("{\"syscalls\": []}"))
        .isInstanceOf(OciFormatException.class)
        .hasMessage("defaultAction is missing");
    assertThatThrownBy(() ->
            parse(
                """
                {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86"],
                 "archMap": [{"architecture": "SCMP_ARCH_X86", "subArchitectures": null}]}
                """))
        .hasMessageContaining("exclude each other");
    assertThatThrownBy(() ->
            parse(
                """
                {"defaultAction": "SCMP_ACT_ALLOW",
                 "syscalls": [{"name": "a", "names": ["b"], "action": "SCMP_ACT_KILL"}]}
                """))
        .hasMessageContaining("exclude each other");
  }

  @Test
  void a_kernel_release_is_compared_by_its_first_two_numbers() {
    assertThat(KernelVersion.parse("6.18.44-fc-v669")).isEqualTo(NEW);
    assertThat(KernelVersion.parse("4.10")).isGreaterThan(KernelVersion.parse("4.8.99"));
    assertThatThrownBy(() -> KernelVersion.parse("six")).isInstanceOf(OciFormatException.class);
  }

  private static DockerSeccompProfile parse(String json) {
    return DockerSeccompProfile.parse(json.getBytes(UTF_8));
  }

  private static List<String> allowed(Seccomp seccomp) {
    return seccomp.syscalls().stream()
        .filter(rule -> rule.action().equals("SCMP_ACT_ALLOW"))
        .flatMap(rule -> rule.names().stream())
        .toList();
  }
}
