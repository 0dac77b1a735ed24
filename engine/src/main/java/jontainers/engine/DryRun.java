package jontainers.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import jontainers.image.ImageException;
import jontainers.image.ImageStore;
import jontainers.image.layer.Privilege;
import jontainers.linux.Fd;
import jontainers.linux.RawText;
import jontainers.runtime.Host;
import jontainers.runtime.Launch;
import jontainers.runtime.PreparedContainer;
import jontainers.runtime.StartException;
import jontainers.runtime.step.Step;

/// Decide how a container would be made, and make nothing: it needs no root.
final class DryRun {
  private static final String ID = "0".repeat(64);

  private DryRun() {}

  static List<Step> steps(Path root, ContainerSpec asked) throws EngineException {
    try {
      var host = Host.probe().asRoot();
      var directory = root.resolve("containers").resolve(ID);
      var base = Base.of(asked.image(), () -> images(root));
      var spec = ImageDefaults.merge(asked, base.config()).spec();
      SpecChecks.require(spec);
      var filesystem = RootFilesystem.planned(directory, base, RootFilesystem.options(spec, host));
      var identity = UserDatabase.of(filesystem.files()).resolve(spec.user(), spec.extraGroups());
      var files =
          Stream.of("hosts", "hostname", "resolv.conf")
              .map(name -> new OciSpecs.HostFile(directory.resolve(name), "/etc/" + name))
              .toList();
      Map<String, Path> namespaces = new TreeMap<>();
      if (spec.network().mode() != NetworkMode.HOST) {
        namespaces.put("network", Path.of("/proc/self/fd/network"));
      }
      if (spec.userMapping().isPresent()) {
        namespaces.put("user", Path.of("/proc/self/fd/user"));
      }
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
                filesystem.mounts(spec.userMapping().isPresent()),
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

  /// The images that are there; a store is not made.
  private static ImageStore images(Path root) throws EngineException {
    var directory = root.resolve("images");
    if (!Files.isDirectory(directory)) {
      throw new EngineException(
          EngineException.Category.NOT_FOUND,
          "there are no images in " + RawText.of(root),
          "pull one first");
    }
    try {
      return ImageStore.look(directory, Privilege.ROOT);
    } catch (ImageException e) {
      throw Failures.of(e);
    }
  }
}
