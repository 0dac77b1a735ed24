package jontainers.engine;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import jontainers.linux.Arch;
import jontainers.oci.DockerSeccompProfile;
import jontainers.oci.KernelVersion;
import jontainers.oci.Seccomp;
import org.jspecify.annotations.Nullable;

/// Filters of system calls, resolved for a container's capabilities. Docker's default profile for
/// Docker's default capabilities is kept. Safe for any thread.
final class SeccompProfiles {
  private static volatile @Nullable Seccomp standard;

  private SeccompProfiles() {}

  /// Return the filter that a container asks for.
  ///
  /// @param capabilities what it has
  static Optional<Seccomp> of(Security security, List<String> capabilities, Arch arch) {
    return security
        .filter()
        .map(choice ->
            switch (choice) {
              case Security.SeccompChoice.Profile custom ->
                  resolve(custom.profile(), capabilities, arch);
              default ->
                  capabilities.equals(DockerDefaults.CAPABILITIES)
                      ? standard(arch)
                      : resolve(DockerSeccompProfile.standard(), capabilities, arch);
            });
  }

  private static Seccomp standard(Arch arch) {
    var known = standard;
    if (known == null) {
      known = resolve(DockerSeccompProfile.standard(), DockerDefaults.CAPABILITIES, arch);
      standard = known;
    }
    return known;
  }

  private static Seccomp resolve(
      DockerSeccompProfile profile, List<String> capabilities, Arch arch) {
    return profile.resolve(
        Set.copyOf(capabilities),
        arch.oci(),
        KernelVersion.parse(System.getProperty("os.version", "0.0")));
  }
}
