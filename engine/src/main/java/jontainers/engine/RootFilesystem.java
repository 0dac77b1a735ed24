package jontainers.engine;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import jontainers.image.ArchiveFile;
import jontainers.image.ImageException;
import jontainers.image.LayerStack;
import jontainers.image.NewFile;
import jontainers.image.OverlayMount;
import jontainers.image.OverlayOption;
import jontainers.image.OverlaySnapshots;
import jontainers.image.RootfsExport;
import jontainers.image.Snapshot;
import jontainers.image.TreeCopy;
import jontainers.image.layer.Privilege;
import jontainers.linux.Errno;
import jontainers.linux.Fd;
import jontainers.linux.RawText;
import jontainers.linux.SyscallException;
import jontainers.oci.Mount;
import jontainers.runtime.Host;

/// The root filesystem of one container: a snapshot of its image.
///
/// @param snapshot where the container's own changes are
record RootFilesystem(Snapshot snapshot) {
  private static final Path RUN = Path.of("/run/jontainers");
  private static final String PLACE = "root";

  /// Make the snapshot of a new container in its directory.
  ///
  /// @param stateRoot the engine's own files, which no container sees
  static RootFilesystem create(
      Path directory, Base base, Set<OverlayOption> options, Path stateRoot)
      throws IOException, EngineException {
    var place = directory.resolve(PLACE);
    var hidden = hidden(stateRoot);
    try {
      var filesystem =
          new RootFilesystem(
              switch (base.image()) {
                case RootImage.Host _ -> OverlaySnapshots.host(place, hidden, options);
                case RootImage.Rootfs rootfs ->
                    OverlaySnapshots.rootfs(place, rootfs.directory(), hidden, options);
                case RootImage.Stored _ ->
                    OverlaySnapshots.layers(
                        place, base.lower(), base.layersRoot().orElseThrow(), options);
              });
      OverlaySnapshots.place(filesystem.snapshot, filesystem.places());
      return filesystem;
    } catch (ImageException e) {
      throw Failures.of(e);
    }
  }

  /// Return how many bytes a container's own files have.
  static long usage(Path directory) throws EngineException {
    try {
      return OverlaySnapshots.usage(directory.resolve(PLACE));
    } catch (ImageException e) {
      throw Failures.of(e);
    }
  }

  /// Find the snapshot of a container that has ended.
  static RootFilesystem reopen(Path directory, Base base, Set<OverlayOption> options)
      throws EngineException {
    try {
      return new RootFilesystem(
          OverlaySnapshots.reopen(
              directory.resolve(PLACE), base.lower(), base.layersRoot(), options));
    } catch (ImageException e) {
      throw Failures.of(e);
    }
  }

  /// Find the snapshot of a container that runs.
  static RootFilesystem running(Path directory, Base base, Set<OverlayOption> options)
      throws EngineException {
    try {
      return new RootFilesystem(
          OverlaySnapshots.running(
              directory.resolve(PLACE), base.lower(), base.layersRoot(), options));
    } catch (ImageException e) {
      throw Failures.of(e);
    }
  }

  private static List<Path> hidden(Path stateRoot) {
    return List.of(stateRoot, RUN);
  }

  /// Return where the engine's own files are mounted, relative to the root.
  private List<Path> places() throws IOException {
    var files = new ArrayList<Path>();
    for (String file : HostFiles.PLACES) {
      files.add(Path.of("/").relativize(RawText.path(files().followed(file))));
    }
    return files;
  }

  /// Return what of the upper directory the container has not made.
  List<Path> notOfContainer(Path stateRoot) throws IOException, EngineException {
    try {
      var all = new ArrayList<>(OverlaySnapshots.masks(snapshot, hidden(stateRoot)));
      all.addAll(places());
      return all;
    } catch (ImageException e) {
      throw Failures.of(e);
    }
  }

  /// Decide how the snapshot of a container is mounted.
  static Set<OverlayOption> options(ContainerSpec spec, Host host) {
    var options = EnumSet.noneOf(OverlayOption.class);
    options.addAll(options(host));
    if (spec.autoRemove()) {
      options.add(OverlayOption.VOLATILE);
    }
    return options;
  }

  /// Decide how any snapshot is mounted on a machine.
  static Set<OverlayOption> options(Host host) {
    return host.users().nested()
        ? EnumSet.of(OverlayOption.USERXATTR)
        : EnumSet.noneOf(OverlayOption.class);
  }

  /// Describe the snapshot that a container would have; nothing is made.
  static RootFilesystem planned(Path directory, Base base, Set<OverlayOption> options) {
    var place = directory.resolve(PLACE);
    return new RootFilesystem(
        new Snapshot(
            place,
            new OverlayMount(base.lower(), place.resolve("upper"), place.resolve("work"), options),
            base.layersRoot()));
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

  /// Return the image's own files, to be read.
  LayerStack files() {
    return LayerStack.of(snapshot.mount().lower());
  }

  /// Put files where the image's own names lead: its /etc/resolv.conf may be a symbolic link.
  List<OciSpecs.HostFile> placed(List<OciSpecs.HostFile> files) throws IOException {
    var placed = new ArrayList<OciSpecs.HostFile>();
    for (var file : files) {
      placed.add(new OciSpecs.HostFile(file.source(), files().followed(file.destination())));
    }
    return List.copyOf(placed);
  }

  /// Copy what the image has at a path into a directory, which is made; for a snapshot that is not
  /// mounted yet.
  void copyTo(String path, Path directory, Privilege privilege)
      throws IOException, EngineException {
    Files.createDirectories(directory);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (var root = OverlaySnapshots.view(snapshot)) {
      Fd source;
      try {
        source = root.openInRoot(path, Fd.O_PATH | Fd.O_DIRECTORY);
      } catch (SyscallException e) {
        if (e.errno() != Errno.ENOENT) {
          throw e;
        }
        return;
      }
      try (source) {
        TreeCopy.copy(source, directory, privilege);
      }
    } catch (ImageException e) {
      throw Failures.of(e);
    }
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
  void exportTo(Path file, NewFile.Notice notice) throws EngineException {
    try (var root = OverlaySnapshots.view(snapshot)) {
      ArchiveFile.write(root, file, notice);
    } catch (ImageException e) {
      throw Failures.of(e);
    }
  }
}
