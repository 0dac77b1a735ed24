package jontainers.engine;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import jontainers.image.ArchiveFile;
import jontainers.image.ImageException;
import jontainers.image.OverlayMount;
import jontainers.image.OverlayOption;
import jontainers.image.OverlaySnapshots;
import jontainers.image.RootfsExport;
import jontainers.image.Snapshot;
import jontainers.oci.Mount;
import jontainers.runtime.Host;

/// The root filesystem of one container: a snapshot of its image.
///
/// @param snapshot where the container's own changes are
record RootFilesystem(Snapshot snapshot) {
  private static final Path RUN = Path.of("/run/jontainers");
  private static final int MAX_LINKS = 8;

  /// Make the snapshot of a new container in its directory.
  ///
  /// @param stateRoot the engine's own files, which no container sees
  static RootFilesystem create(
      Path directory, RootImage image, Set<OverlayOption> options, Path stateRoot)
      throws IOException, EngineException {
    var place = directory.resolve("root");
    var hidden = List.of(stateRoot, RUN);
    try {
      var filesystem =
          new RootFilesystem(
              switch (image) {
                case RootImage.Host _ -> OverlaySnapshots.host(place, hidden, options);
                case RootImage.Rootfs rootfs ->
                    OverlaySnapshots.rootfs(place, rootfs.directory(), hidden, options);
              });
      var files = new ArrayList<Path>();
      for (String file : HostFiles.PLACES) {
        files.add(Path.of("/").relativize(Path.of(filesystem.followed(Path.of(file)))));
      }
      OverlaySnapshots.place(filesystem.snapshot, files);
      return filesystem;
    } catch (ImageException e) {
      throw Failures.of(e);
    }
  }

  /// Decide how the snapshot of a container is mounted.
  static Set<OverlayOption> options(ContainerSpec spec, Host host) {
    var options = EnumSet.noneOf(OverlayOption.class);
    if (spec.autoRemove()) {
      options.add(OverlayOption.VOLATILE);
    }
    if (host.users().nested()) {
      options.add(OverlayOption.USERXATTR);
    }
    return options;
  }

  /// Describe the snapshot that a container would have; nothing is made.
  static RootFilesystem planned(Path directory, ContainerSpec spec, Host host) {
    var place = directory.resolve("root");
    var lower =
        switch (spec.image()) {
          case RootImage.Host _ -> Path.of("/");
          case RootImage.Rootfs rootfs -> rootfs.directory();
        };
    return new RootFilesystem(
        new Snapshot(
            place,
            new OverlayMount(
                List.of(lower),
                place.resolve("upper"),
                place.resolve("work"),
                options(spec, host))));
  }

  /// Return where the root filesystem is mounted in the container's mount namespace.
  Path path() {
    return snapshot.merged();
  }

  /// Return the mounts that the runtime makes.
  ///
  /// @param mapped whether a user namespace's ids are those of the files
  List<Mount> mounts(boolean mapped) {
    return mapped ? snapshot.mappedMounts() : snapshot.mounts();
  }

  /// Return the directory with the image's own files, to be read.
  Path lower() {
    return snapshot.mount().lower().getLast();
  }

  /// Put files where the image's own names lead: its /etc/resolv.conf may be a symbolic link.
  List<OciSpecs.HostFile> placed(List<OciSpecs.HostFile> files) throws IOException {
    var placed = new ArrayList<OciSpecs.HostFile>();
    for (var file : files) {
      placed.add(new OciSpecs.HostFile(file.source(), followed(Path.of(file.destination()))));
    }
    return List.copyOf(placed);
  }

  /// Links are followed inside the image: an absolute target begins at the image's root.
  private String followed(Path destination) throws IOException {
    var at = destination;
    for (int links = 0; links < MAX_LINKS; links++) {
      var file = lower().resolve(at.toString().substring(1));
      if (!Files.isSymbolicLink(file)) {
        break;
      }
      at = at.resolveSibling(Files.readSymbolicLink(file)).normalize();
    }
    return at.toString();
  }

  /// Write everything as a tar, after the container has ended.
  void export(OutputStream out) throws EngineException {
    try (var root = OverlaySnapshots.view(snapshot)) {
      RootfsExport.write(root, out);
    } catch (ImageException e) {
      throw Failures.of(e);
    }
  }

  /// Write everything as a tar into a file that is replaced when the tar is complete.
  void exportTo(Path file, ArchiveFile.Notice notice) throws EngineException {
    try (var root = OverlaySnapshots.view(snapshot)) {
      ArchiveFile.write(root, file, notice);
    } catch (ImageException e) {
      throw Failures.of(e);
    }
  }
}
