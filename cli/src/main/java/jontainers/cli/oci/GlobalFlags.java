package jontainers.cli.oci;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import jontainers.cli.Session;
import jontainers.linux.RawText;
import jontainers.linux.ThisProcess;
import jontainers.runtime.CgroupDriver;

/// The options before the command.
///
/// @param root the state directory
/// @param rootGiven whether it was named on the command line
/// @param driver who makes the cgroups of a new container
record GlobalFlags(Path root, boolean rootGiven, CgroupDriver driver) {
  static final List<Flags.Declared> DECLARED =
      List.of(
          Flags.Declared.value("root"),
          Flags.Declared.value("log"),
          Flags.Declared.value("log-format"),
          Flags.Declared.flag("debug"),
          Flags.Declared.flag("systemd-cgroup"),
          Flags.Declared.value("cgroup-manager"),
          Flags.Declared.value("rootless"),
          Flags.Declared.value("criu"),
          Flags.Declared.flag("version", "v"),
          Flags.Declared.flag("help", "h"));

  static GlobalFlags of(Session session, Flags flags) throws FlagException {
    String format = flags.value("log-format").orElse("text");
    if (!format.equals("text") && !format.equals("json")) {
      throw new FlagException("invalid log-format: " + format + "; it is text or json");
    }
    boolean systemd =
        flags.has("systemd-cgroup")
            || flags.value("cgroup-manager").filter("systemd"::equals).isPresent();
    return new GlobalFlags(
        root(session, flags.value("root")),
        flags.value("root").isPresent(),
        systemd ? CgroupDriver.SYSTEMD : CgroupDriver.FILES);
  }

  private static Path root(Session session, Optional<String> given) {
    if (given.isPresent()) {
      return session.path(given.get());
    }
    if (ThisProcess.euid() == 0) {
      return Path.of("/run/jontainers-oci");
    }
    String runtime = session.environment().get("XDG_RUNTIME_DIR");
    return RawText.path(runtime == null ? "/run/user/" + ThisProcess.euid() : runtime)
        .resolve("jontainers-oci");
  }
}
