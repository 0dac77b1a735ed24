package jontainers.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Set;
import jontainers.image.OverlayOption;
import jontainers.runtime.Host;

/// A container that has an id, a directory and a root filesystem, and nothing else yet.
///
/// On disk it is a container without a state: nobody sees it, and when its owner is killed the next
/// command deletes it.
record Vacancy(ContainerStore.Claim claim, RootFilesystem filesystem) {

  /// What a vacancy was made for: it is of use as long as the image's root is the same.
  record Kind(RootImage image, Set<OverlayOption> options, FileTime changed) {
    static Kind of(ContainerSpec spec, Host host) throws IOException {
      var root =
          switch (spec.image()) {
            case RootImage.Host _ -> Path.of("/");
            case RootImage.Rootfs rootfs -> rootfs.directory();
          };
      return new Kind(
          spec.image(),
          RootFilesystem.options(spec, host),
          Files.isDirectory(root)
              ? (FileTime) Files.getAttribute(root, "unix:ctime")
              : FileTime.fromMillis(0));
    }
  }

  /// Make the directory and the root filesystem.
  ///
  /// @param stateRoot the engine's own files, which no container sees
  static Vacancy make(ContainerStore store, Kind kind, Path stateRoot)
      throws IOException, EngineException {
    var claim = store.create(ContainerStore.newId());
    try {
      return new Vacancy(
          claim, RootFilesystem.create(claim.directory(), kind.image(), kind.options(), stateRoot));
    } catch (IOException | EngineException | RuntimeException e) {
      try (claim) {
        store.delete(claim);
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }
}
