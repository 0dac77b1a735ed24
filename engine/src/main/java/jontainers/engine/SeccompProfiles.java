package jontainers.engine;

import java.util.Set;
import jontainers.linux.Arch;
import jontainers.oci.DockerSeccompProfile;
import jontainers.oci.KernelVersion;
import jontainers.oci.Seccomp;
import org.jspecify.annotations.Nullable;

/// Docker's default profile, resolved for Docker's default capabilities; read once.
///
/// Safe for any thread.
final class SeccompProfiles {
  private static volatile @Nullable Seccomp standard;

  private SeccompProfiles() {}

  static Seccomp standard(Arch arch) {
    var known = standard;
    if (known == null) {
      known =
          DockerSeccompProfile.standard()
              .resolve(
                  Set.copyOf(DockerDefaults.CAPABILITIES),
                  arch.oci(),
                  KernelVersion.parse(System.getProperty("os.version", "0.0")));
      standard = known;
    }
    return known;
  }
}
