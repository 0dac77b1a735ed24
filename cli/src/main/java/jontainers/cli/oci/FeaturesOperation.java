package jontainers.cli.oci;

import java.util.Arrays;
import java.util.List;
import jontainers.cli.Version;
import jontainers.linux.Capability;
import jontainers.linux.seccomp.FilterFlag;
import jontainers.linux.seccomp.Operator;
import jontainers.oci.Spec;
import jontainers.runtime.step.MountOptions;
import jontainers.runtime.step.NamespaceKind;

/// `features`: print what is supported, as features.md has it.
final class FeaturesOperation {
  private static final List<String> ACTIONS =
      List.of(
          "SCMP_ACT_ALLOW",
          "SCMP_ACT_ERRNO",
          "SCMP_ACT_KILL",
          "SCMP_ACT_KILL_PROCESS",
          "SCMP_ACT_KILL_THREAD",
          "SCMP_ACT_LOG",
          "SCMP_ACT_NOTIFY",
          "SCMP_ACT_TRACE",
          "SCMP_ACT_TRAP");

  private FeaturesOperation() {}

  static int run(Context context, Flags flags) {
    context
        .session()
        .out()
        .println(
            """
            {
              "ociVersionMin": "1.0.0",
              "ociVersionMax": "%s",
              "hooks": %s,
              "mountOptions": %s,
              "linux": {
                "namespaces": %s,
                "capabilities": %s,
                "cgroup": {"v1": true, "v2": true, "systemd": true, "systemdUser": true, \
            "rdma": true},
                "seccomp": {
                  "enabled": true,
                  "actions": %s,
                  "operators": %s,
                  "archs": %s,
                  "knownFlags": %s,
                  "supportedFlags": %s
                },
                "apparmor": {"enabled": true},
                "selinux": {"enabled": true},
                "intelRdt": {"enabled": false},
                "memoryPolicy": {"modes": %s, "flags": %s},
                "mountExtensions": {"idmap": {"enabled": true}},
                "netDevices": {"enabled": false}
              },
              "annotations": {
                "io.github.jontainers.version": "%s",
                "io.github.jontainers.commit": "%s"
              },
              "potentiallyUnsafeConfigAnnotations": ["org.systemd.property."]
            }\
            """
                .formatted(
                    Spec.VERSION,
                    JsonText.strings(
                        List.of(
                            "prestart",
                            "createRuntime",
                            "createContainer",
                            "startContainer",
                            "poststart",
                            "poststop")),
                    JsonText.strings(MountOptions.known()),
                    JsonText.strings(
                        Arrays.stream(NamespaceKind.values())
                            .map(NamespaceKind::ociName)
                            .sorted()
                            .toList()),
                    JsonText.strings(Arrays.stream(Capability.values()).map(Enum::name).toList()),
                    JsonText.strings(ACTIONS),
                    JsonText.strings(
                        Arrays.stream(Operator.values()).map(Enum::name).sorted().toList()),
                    JsonText.strings(
                        List.of(
                            "SCMP_ARCH_AARCH64",
                            "SCMP_ARCH_ARM",
                            "SCMP_ARCH_X32",
                            "SCMP_ARCH_X86",
                            "SCMP_ARCH_X86_64")),
                    JsonText.strings(names(FilterFlag.values())),
                    JsonText.strings(names(FilterFlag.values())),
                    JsonText.strings(jontainers.runtime.SpecCheck.memoryModes()),
                    JsonText.strings(jontainers.runtime.SpecCheck.memoryFlags()),
                    Version.current(),
                    Version.commit()));
    return 0;
  }

  private static List<String> names(Enum<?>[] values) {
    return Arrays.stream(values).map(Enum::name).toList();
  }
}
