package jontainers.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import jontainers.oci.Spec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpecCheckTest {
  private static final String GOOD =
      """
      {"ociVersion": "1.0.2",
       "process": {"cwd": "/", "args": ["sh"], "user": {"uid": 0, "gid": 0}},
       "root": {"path": "rootfs"},
       "linux": {"namespaces": [{"type": "mount"}, {"type": "uts"}, {"type": "pid"}]}}
      """;

  @Test
  void a_small_configuration_is_good() {
    assertThat(SpecCheck.problems(Spec.parse(GOOD), CgroupDriver.FILES)).isEmpty();
  }

  @Test
  void everything_that_is_missing_is_told_at_once() {
    assertThat(SpecCheck.problems(Spec.parse("{\"ociVersion\": \"1.0.0\"}"), CgroupDriver.FILES))
        .containsExactly("root: is missing", "process: is missing", "linux: is missing");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1.0.2|2.0.0|ociVersion: 2.0.0 is not supported, 1.0.0 to 1.3.0 are",
        "1.0.2|1.4.0|ociVersion: 1.4.0 is not supported, 1.0.0 to 1.3.0 are",
        "1.0.2|new|ociVersion: \"new\" is no version",
        "\"cwd\": \"/\"|\"cwd\": \"tmp\"|process.cwd: \"tmp\" is not absolute: Cwd must be an absolute path",
        "[\"sh\"]|[]|process.args: is empty: args must not be empty",
        "\"uid\": 0|\"uid\": -1|process.user.uid: -1 is no id; they are below 4294967295",
        "\"uid\": 0|\"uid\": 4294967295|process.user.uid: 4294967295 is no id; they are below 4294967295",
        "{\"type\": \"pid\"}|{\"type\": \"pod\"}|linux.namespaces[2].type: unknown namespace \"pod\"",
        "{\"type\": \"pid\"}|{\"type\": \"uts\"}|linux.namespaces[2].type: malformed spec file: duplicated ns uts",
        "{\"type\": \"pid\"}|{\"type\": \"pid\", \"path\": \"a\"}|linux.namespaces[2].path: \"a\" is not absolute",
        "{\"type\": \"mount\"}|{\"type\": \"ipc\"}|linux.namespaces: has no mount namespace, and a container needs one",
        "\"linux\": {|\"hostname\": \"a\", \"linux\": {|",
        "\"linux\": {|\"linux\": {\"sysctl\": {\"kernel.hostname\": \"a\"}, |linux.sysctl: sysctl \"kernel.hostname\" is not in a namespace of its own",
        "\"linux\": {|\"linux\": {\"sysctl\": {\"kernel/shm+all\": \"a\"}, |linux.sysctl: sysctl \"kernel/shm+all\" is not in a namespace of its own",
        "\"linux\": {|\"linux\": {\"maskedPaths\": [\"proc\"], |linux.maskedPaths[0]: \"proc\" is not absolute",
        "\"linux\": {|\"linux\": {\"intelRdt\": {}, |linux.intelRdt: is not supported: intelRdt is not supported on this machine",
        "\"linux\": {|\"linux\": {\"timeOffsets\": {\"monotonic\": {\"secs\": 1}}, |linux.timeOffsets: need a time namespace",
        "\"linux\": {|\"linux\": {\"uidMappings\": [{\"containerID\": 0, \"hostID\": 1, \"size\": 1}], |linux.uidMappings: are there without a user namespace",
        "\"linux\": {|\"linux\": {\"devices\": [{\"path\": \"/dev/a\", \"type\": \"x\"}], |linux.devices[0].type: \"x\" is no type of device",
        "\"linux\": {|\"linux\": {\"rootfsPropagation\": \"on\", |linux.rootfsPropagation: \"on\" is none",
        "\"linux\": {|\"linux\": {\"seccomp\": {\"defaultAction\": \"SCMP_ACT_X\"}, |linux.seccomp.defaultAction: unknown action SCMP_ACT_X",
        "\"root\"|\"hooks\": {\"poststop\": [{\"path\": \"true\"}]}, \"root\"|hooks.poststop[0].path: \"true\" is not absolute",
        "\"root\"|\"hooks\": {\"prestart\": [{\"path\": \"/a\", \"timeout\": 0}]}, \"root\"|hooks.prestart[0].timeout: 0 is not above 0",
        "\"root\"|\"mounts\": [{\"destination\": \"\"}], \"root\"|mounts[0].destination: is empty",
        "\"root\"|\"mounts\": [{\"destination\": \"/proc/1\", \"type\": \"tmpfs\"}], \"root\"|mounts[0].destination: \"/proc/1\" cannot be mounted: it is inside /proc"
      })
  void what_cannot_be_is_told_with_its_place(String part, String instead, String problem) {
    var problems = SpecCheck.problems(Spec.parse(GOOD.replace(part, instead)), CgroupDriver.FILES);

    assertThat(problems).isEqualTo(problem == null ? List.of() : List.of(problem));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SYSTEMD|a.slice:b:c|",
        "SYSTEMD||",
        "SYSTEMD|/a|linux.cgroupsPath: expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"/a\" instead",
        "SYSTEMD|a--b.slice:b:c|linux.cgroupsPath: invalid slice name: \"a--b.slice\"",
        "FILES|a.slice:b:c|linux.cgroupsPath: \"a.slice:b:c\" is a unit of systemd; use --systemd-cgroup where systemd runs",
        "FILES|/a|"
      })
  void a_path_of_cgroups_is_what_its_driver_wants(
      CgroupDriver driver, @Nullable String path, @Nullable String problem) {
    String linux = "\"linux\": {\"cgroupsPath\": \"" + (path == null ? "" : path) + "\", ";
    var spec = Spec.parse(GOOD.replace("\"linux\": {", linux));

    assertThat(SpecCheck.problems(spec, driver))
        .isEqualTo(problem == null ? List.of() : List.of(problem));
  }

  @Test
  void a_property_that_cannot_be_read_is_told() {
    var spec = Spec.parse(GOOD).withAnnotations(Map.of("org.systemd.property.TasksMax", "uint64"));

    assertThat(SpecCheck.problems(spec, CgroupDriver.SYSTEMD))
        .singleElement()
        .asString()
        .startsWith("annotations: annotation org.systemd.property.TasksMax: ");
    assertThat(SpecCheck.problems(spec, CgroupDriver.FILES)).isEmpty();
  }

  @Test
  void an_agent_may_not_be_asked_about_what_hands_it_its_descriptor() {
    String seccomp =
        """
        "linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/a",
          "syscalls": [{"names": ["write"], "action": "SCMP_ACT_NOTIFY"}]}, \
        """;

    assertThat(
            SpecCheck.problems(
                Spec.parse(GOOD.replace("\"linux\": {", seccomp)), CgroupDriver.FILES))
        .containsExactly(
            "linux.seccomp.syscalls: SCMP_ACT_NOTIFY cannot be used for the write syscall");
  }
}
