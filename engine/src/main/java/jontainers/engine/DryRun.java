package jontainers.engine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import jontainers.linux.Fd;
import jontainers.runtime.Host;
import jontainers.runtime.Launch;
import jontainers.runtime.PreparedContainer;
import jontainers.runtime.StartException;
import jontainers.runtime.step.Step;

/// Decide how a container would be made, and make nothing: it needs no root.
final class DryRun {
  private static final String ID = "0".repeat(64);

  private DryRun() {}

  static List<Step> steps(Path root, ContainerSpec spec) throws EngineException {
    try {
      var host = Host.probe().asRoot();
      var directory = root.resolve("containers").resolve(ID);
      var filesystem = RootFilesystem.planned(directory, spec);
      ContainerIdentity identity;
      try (var image = Fd.open(filesystem.lower(), Fd.O_PATH | Fd.O_DIRECTORY)) {
        identity = UserDatabase.of(image).resolve(spec.user(), spec.extraGroups());
      }
      var files =
          Stream.of("hosts", "hostname", "resolv.conf")
              .map(name -> new OciSpecs.HostFile(directory.resolve(name), "/etc/" + name))
              .toList();
      Map<String, Path> namespaces =
          spec.network().mode() == NetworkMode.HOST
              ? Map.of()
              : Map.of("network", Path.of("/proc/self/fd/network"));
      var oci =
          new OciSpecs(
                  spec,
                  ID,
                  ContainerStart.hostname(spec, ID),
                  identity,
                  filesystem.path(),
                  filesystem.placed(files),
                  namespaces,
                  OciSpecs.Facts.of(
                      spec, host, OpenFiles.hardLimit(), DockerDefaults.maskedPaths()),
                  Optional.empty())
              .toSpec();
      try (var none = Fd.open(Path.of("/dev/null"), Fd.O_RDONLY)) {
        var launch =
            new Launch(
                oci,
                filesystem.mounts(),
                new Launch.Streams(none, none, none),
                Optional.empty(),
                spec.init(),
                spec.without());
        return PreparedContainer.of(launch, host).steps();
      }
    } catch (StartException e) {
      throw Failures.of(e);
    } catch (IOException e) {
      throw Failures.of("plan a container", e);
    }
  }
}
