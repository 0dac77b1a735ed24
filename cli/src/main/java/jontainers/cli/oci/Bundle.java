package jontainers.cli.oci;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jontainers.linux.RawText;
import jontainers.oci.Mount;
import jontainers.oci.Spec;
import jontainers.runtime.CgroupDriver;
import jontainers.runtime.SpecCheck;

/// A directory with a configuration: bundle.md.
///
/// @param config the bytes of the configuration
/// @param spec what they say, with absolute paths
record Bundle(Path directory, byte[] config, Spec spec) {

  /// Read a bundle and look for everything that is wrong with it.
  ///
  /// @param driver who is to make the container's cgroups
  /// @throws FlagException where it cannot be
  static Bundle read(Path directory, Path file, CgroupDriver driver)
      throws IOException, FlagException {
    byte[] config;
    try {
      config = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new FlagException("JSON specification file " + file.getFileName() + " not found");
    }
    var spec = Spec.parse(config);
    var problems = SpecCheck.problems(spec, driver);
    if (!problems.isEmpty()) {
      throw new FlagException("invalid configuration: " + String.join("; ", problems));
    }
    return new Bundle(directory, config, absolute(spec, directory));
  }

  private static Spec absolute(Spec spec, Path directory) throws IOException, FlagException {
    var root = java.util.Objects.requireNonNull(spec.root());
    var path = directory.resolve(RawText.path(root.path())).normalize();
    if (!Files.isDirectory(path)) {
      throw new FlagException("root.path: \"" + RawText.of(path) + "\" is no directory");
    }
    var mounts = new ArrayList<Mount>();
    for (var mount : spec.mounts()) {
      mounts.add(absolute(mount, directory));
    }
    return spec.withRoot(new jontainers.oci.Root(RawText.of(path.toRealPath()), root.readonly()))
        .withMounts(mounts);
  }

  /// What is bound and named by a relative path lies in the bundle: config.md, "Mounts".
  private static Mount absolute(Mount mount, Path directory) {
    String source = mount.source();
    boolean bind = mount.options().contains("bind") || mount.options().contains("rbind");
    if (!bind && !"bind".equals(mount.type())) {
      return mount;
    }
    var options = mount.options();
    if (!bind) {
      options = new ArrayList<>(options);
      options.add("bind");
    }
    return new Mount(
        mount.destination(),
        mount.type(),
        source == null ? null : RawText.of(directory.resolve(RawText.path(source))),
        List.copyOf(options),
        mount.uidMappings(),
        mount.gidMappings());
  }
}
