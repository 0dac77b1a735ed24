package jontainers.engine;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import jontainers.image.ArchiveFile;
import jontainers.image.Image;
import jontainers.image.ImageException;
import jontainers.image.ImageStore;
import jontainers.image.NewFile;
import jontainers.image.NewImage;
import jontainers.image.OverlaySnapshots;
import jontainers.image.RootfsExport;
import jontainers.image.layer.Compression;
import jontainers.image.layer.LayerDiff;
import jontainers.image.name.Reference;
import jontainers.image.registry.PlatformMatch;
import jontainers.linux.Fd;
import jontainers.linux.RawText;
import jontainers.oci.Digest;
import jontainers.oci.ImageConfig;
import jontainers.runtime.Freezer;

/// Export and commit the files of a container, whoever started it, be it running or not.
///
/// One that has ended is locked meanwhile. One that runs is looked at in the files that are its
/// own, never by /proc/PID/root, which is where its process has gone by chroot(2) or pivot_root(2):
/// into a volume, say. What is mounted in it belongs to others and is left out, as Docker does.
/// Confined to one thread.
final class ContainerFiles {
  private final Workshop workshop;
  private final ContainerStore store;
  private final String id;
  private final String shown;

  ContainerFiles(Workshop workshop, String nameOrId) throws EngineException {
    this.workshop = workshop;
    this.store = workshop.store();
    this.shown = nameOrId;
    try {
      this.id = store.find(nameOrId);
    } catch (IOException e) {
      throw Failures.of("find container " + nameOrId, e);
    }
  }

  /// What is done with the root of a container.
  private interface Deed<T> {
    T with(Fd root) throws IOException, ImageException, EngineException;
  }

  /// What is done with a container that stays as it is meanwhile.
  private interface Use<T> {
    T with(ContainerState state, Optional<RootFilesystem> ended)
        throws IOException, ImageException, EngineException;
  }

  void export(OutputStream out) throws EngineException {
    var _ = root(root -> RootfsExport.write(root, out));
  }

  void exportTo(Path file) throws EngineException {
    var _ = root(root -> ArchiveFile.write(root, file, NewFile.Notice.NONE));
  }

  private <T> T root(Deed<T> deed) throws EngineException {
    return held((state, ended) -> root(state, ended, deed));
  }

  private <T> T root(ContainerState state, Optional<RootFilesystem> ended, Deed<T> deed)
      throws IOException, ImageException, EngineException {
    if (ended.isPresent()) {
      try (var root = OverlaySnapshots.view(ended.get().snapshot())) {
        return deed.with(root);
      }
    }
    var running =
        RootFilesystem.running(
            store.directory(id), base(state), RootFilesystem.options(workshop.host()));
    try (var root = OverlaySnapshots.viewRunning(running.snapshot())) {
      return deed.with(root);
    }
  }

  /// Hold a container that has ended, or find one that runs.
  private <T> T held(Use<T> use) throws EngineException {
    try {
      var claim = store.claim(id);
      if (claim.isEmpty()) {
        var state = store.state(id).orElseThrow(this::gone);
        Engine.requireReadable(store, state);
        if (state.status() != ContainerStatus.RUNNING) {
          throw new EngineException(
              EngineException.Category.CONFLICT,
              "container " + shown + " is about to begin or to end",
              "try again");
        }
        return use.with(state, Optional.empty());
      }
      try (var claimed = claim.get()) {
        var state = claimed.state().orElseThrow(this::gone);
        Engine.requireReadable(store, state);
        var filesystem =
            RootFilesystem.reopen(
                claimed.directory(), base(state), RootFilesystem.options(workshop.host()));
        return use.with(state, Optional.of(filesystem));
      }
    } catch (ImageException e) {
      throw Failures.of(e);
    } catch (IOException e) {
      throw Failures.of("read the files of container " + shown, e);
    }
  }

  private EngineException gone() {
    return new EngineException(EngineException.Category.NOT_FOUND, "no such container: " + shown);
  }

  /// Return what it was made over, which the state tells.
  private Base base(ContainerState state) throws EngineException {
    if (state.diffIds().isEmpty() && String.valueOf(state.imageId()).isEmpty()) {
      return Base.of(
          state.image().equals("host")
              ? RootImage.host()
              : RootImage.rootfs(RawText.path(state.image())),
          workshop::images);
    }
    var images = workshop.images();
    return new Base(
        RootImage.stored(state.image()),
        String.valueOf(state.imageId()),
        state.diffIds(),
        Base.lower(images, state.diffIds()),
        Optional.of(images.layers().directory()),
        ImageConfig.Config.NONE);
  }

  /// Make an image of the container's changes; of one that was made of no image, of all its files.
  Image commit(CommitOptions options, Optional<Reference> name) throws EngineException {
    return held((state, ended) -> {
      var thaw = ended.isEmpty() && options.pause() ? freeze() : Optional.<Freezer>empty();
      try {
        return commit(state, ended, options, name);
      } finally {
        if (thaw.isPresent()) {
          thaw.get().thaw();
        }
      }
    });
  }

  private Optional<Freezer> freeze() throws IOException, EngineException {
    var cgroups =
        new Ledger(store.directory(id).resolve("ledger"))
            .holdings().stream()
                .flatMap(h ->
                    h instanceof Ledger.Holding.Cgroup cgroup
                        ? java.util.stream.Stream.of(RawText.of(cgroup.directory()))
                        : java.util.stream.Stream.empty())
                .toList();
    var freezer = Freezer.of(cgroups);
    if (freezer.isPresent()) {
      freezer.get().freeze();
    }
    return freezer;
  }

  private Image commit(
      ContainerState state,
      Optional<RootFilesystem> ended,
      CommitOptions options,
      Optional<Reference> name)
      throws ImageException, EngineException {
    var images = workshop.images();
    boolean whole = String.valueOf(state.imageId()).isEmpty();
    var plan =
        new NewImage(
            whole ? Optional.empty() : Optional.of(image(images, state)),
            options.config(state.config() == null ? ImageConfig.Config.NONE : state.config()),
            PlatformMatch.host().platform(),
            options.author(),
            options.comment(),
            String.join(" ", state.command()),
            Instant.now());
    return images.create(
        plan,
        Compression.GZIP,
        out -> whole ? whole(state, ended, out) : changes(state, out),
        name);
  }

  private Image image(ImageStore images, ContainerState state) throws EngineException {
    try {
      return images.get(String.valueOf(state.imageId()));
    } catch (ImageException e) {
      throw new EngineException(
          EngineException.Category.CONFLICT,
          "the image of container " + shown + " was removed: " + state.image(),
          "jontainers export " + shown + " | jontainers import -",
          e);
    }
  }

  private Digest whole(ContainerState state, Optional<RootFilesystem> ended, OutputStream out)
      throws ImageException, EngineException {
    try {
      return root(state, ended, root -> LayerDiff.whole(root, Compression.GZIP, out)).diffId();
    } catch (IOException e) {
      throw Failures.of("read the files of container " + shown, e);
    }
  }

  private Digest changes(ContainerState state, OutputStream out)
      throws ImageException, EngineException {
    var filesystem = snapshot(state);
    try (var upper = Fd.open(filesystem.snapshot().mount().upper(), Fd.O_PATH | Fd.O_DIRECTORY)) {
      var hidden = filesystem.notOfContainer(workshop.root());
      return LayerDiff.write(upper, hidden, Compression.GZIP, out).diffId();
    } catch (IOException e) {
      throw Failures.of("read what container " + shown + " has changed", e);
    }
  }

  private RootFilesystem snapshot(ContainerState state) throws EngineException {
    return RootFilesystem.planned(
        store.directory(id), base(state), RootFilesystem.options(workshop.host()));
  }
}
