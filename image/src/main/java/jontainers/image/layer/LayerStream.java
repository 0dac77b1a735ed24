package jontainers.image.layer;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import jontainers.image.ImageException;
import jontainers.linux.Fd;
import jontainers.oci.Digest;
import org.jspecify.annotations.Nullable;

/// Unpack a layer with three threads: the caller's reads and inflates, one hashes what comes out of
/// it, one makes the files.
///
/// The stream is the caller's alone. The two others are platform threads, since files are made by
/// calls that block, and have ended when this returns; an interruption of the caller ends them. For
/// one layer.
final class LayerStream {
  private static final int HASH = 0;
  private static final int FILES = 1;

  private final Chunks chunks = new Chunks(2);
  private @Nullable Throwable failure;

  private LayerStream() {}

  /// Unpack into an empty directory.
  ///
  /// @param compressed in any way that [Compression] knows; read to its end, left open
  /// @param directory its descriptor is taken
  /// @throws ImageException where the layer is refused or a file cannot be made
  static UnpackSummary unpack(
      InputStream compressed,
      Fd directory,
      Digest.Algorithm algorithm,
      Privilege privilege,
      LayerLimits limits)
      throws ImageException {
    var stream = new LayerStream();
    var chunks = stream.chunks;
    var hash = stream.start("layer-hash", () -> digest(algorithm, chunks.reader(HASH)));
    var files =
        stream.start(
            "layer-files",
            () -> LayerUnpack.unpack(chunks.reader(FILES), directory, privilege, limits));
    stream.feed(compressed);
    var digest = stream.join(hash);
    var totals = stream.join(files);
    if (digest == null || totals == null) {
      throw failed(stream.failure);
    }
    return new UnpackSummary(
        digest, totals.size(), totals.entries(), totals.warnings(), totals.unsaid());
  }

  private <T> FutureTask<T> start(String name, Callable<T> work) {
    var task =
        new FutureTask<>(() -> {
          boolean done = false;
          try {
            T result = work.call();
            done = true;
            return result;
          } finally {
            if (!done) {
              chunks.abandon();
            }
          }
        });
    Thread.ofPlatform().name(name).daemon().start(task);
    return task;
  }

  private void feed(InputStream compressed) {
    try {
      // Not closed, since that would close the caller's stream.
      var plain = Compression.decompressed(compressed);
      while (chunks.fill(plain)) {
        // until the end
      }
    } catch (IOException | InterruptedException | RuntimeException e) {
      note(e);
      chunks.abandon();
    }
  }

  /// Wait for a thread, which ends since its input has ended or was abandoned; null where it
  /// failed.
  private <T> @Nullable T join(FutureTask<T> task) {
    while (true) {
      try {
        return task.get();
      } catch (InterruptedException e) {
        note(e);
        chunks.abandon();
      } catch (ExecutionException e) {
        note(e.getCause());
        return null;
      }
    }
  }

  /// Keep what came first; that somebody else has given up is no reason.
  private void note(@Nullable Throwable reason) {
    if (failure == null || failure instanceof Chunks.AbandonedException) {
      failure = reason;
    }
  }

  private static ImageException failed(@Nullable Throwable reason) {
    return switch (reason) {
      case ImageException e -> e;
      case InterruptedException e -> {
        Thread.currentThread().interrupt();
        yield new ImageException("cannot unpack the layer: interrupted", "", e);
      }
      case IOException e -> new ImageException("cannot unpack the layer: " + e.getMessage(), "", e);
      case Error e -> throw e;
      case RuntimeException e -> throw e;
      case null, default -> throw new IllegalStateException("nothing has failed", reason);
    };
  }

  private static Digest digest(Digest.Algorithm algorithm, InputStream in) throws IOException {
    var computation = algorithm.computation();
    byte[] buffer = new byte[64 << 10];
    for (int count; (count = in.read(buffer, 0, buffer.length)) >= 0; ) {
      computation.update(buffer, 0, count);
    }
    return Digest.of(algorithm, computation);
  }
}
