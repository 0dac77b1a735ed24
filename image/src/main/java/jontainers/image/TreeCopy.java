package jontainers.image;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import jontainers.image.layer.Privilege;
import jontainers.image.layer.TreeUnpack;
import jontainers.image.tar.PaxWriter;
import jontainers.image.tar.Sink;
import jontainers.image.tar.TarTree;
import jontainers.linux.Directory;
import jontainers.linux.Errno;
import jontainers.linux.Fd;
import jontainers.linux.Pipe;
import jontainers.linux.SyscallException;
import org.jspecify.annotations.Nullable;

/// Copy a tree with all that an archive of it would keep: owners, modes, times, extended
/// attributes, links, holes and devices, as far as the privilege goes.
///
/// The caller's thread writes the archive into a pipe, of which a platform thread, `tree-copy`,
/// unpacks it; when one of them fails the other finds its end of the pipe closed. That thread has
/// ended when a method returns. No link is followed and no mount entered, on either side.
public final class TreeCopy {
  private static final int BUFFER = 64 << 10;

  private TreeCopy() {}

  /// Copy all that a directory holds, and its own owner, mode, times and attributes.
  ///
  /// The caller's interruption ends it. After a failure a part of the tree is there.
  ///
  /// @param from a directory, which may be open as O_PATH only
  /// @param to an empty directory
  /// @return a line for each thing that was left out, such as a socket, as far as there are not too
  ///   many
  /// @throws ImageException where the directory is not empty, or a file cannot be read or made
  public static List<String> copy(Fd from, Path to, Privilege privilege) throws ImageException {
    try (var pipe = Pipe.open("the pipe of a copy")) {
      var directory = empty(to);
      var unpacking =
          new FutureTask<>(() -> {
            try (var in = new BufferedInputStream(pipe.readEnd().inputStream(), BUFFER)) {
              return TreeUnpack.unpack(in, directory, privilege);
            }
          });
      Thread.ofPlatform().name("tree-copy").daemon().start(unpacking);
      return joined(from, pipe.writeEnd(), unpacking);
    } catch (ImageException e) {
      throw new ImageException(e.category(), "cannot copy to " + to + ": " + said(e), e.hint(), e);
    } catch (IOException e) {
      throw new ImageException("cannot copy to " + to + ": " + said(e), ImageHints.of(e), e);
    }
  }

  private static Fd empty(Path to) throws IOException, ImageException {
    var fd = Fd.open(to, Fd.O_RDONLY | Fd.O_DIRECTORY);
    try (var directory = Directory.reopen(fd)) {
      if (directory.entries().isEmpty()) {
        return fd;
      }
    } catch (IOException e) {
      fd.close();
      throw e;
    }
    fd.close();
    throw new ImageException("it is not empty", "");
  }

  /// Write the archive and wait for the other thread, which ends since its input has.
  private static List<String> joined(Fd from, Fd out, FutureTask<List<String>> unpacking)
      throws IOException, ImageException {
    var leftOut = new ArrayList<String>();
    Exception failure = null;
    try (out;
        var sink = Sink.to(out)) {
      var tree = TarTree.whole(new PaxWriter(sink));
      tree.write(from);
      leftOut.addAll(tree.warnings());
    } catch (IOException | RuntimeException e) {
      failure = e;
    }
    boolean interrupted = failure instanceof InterruptedIOException;
    try {
      while (true) {
        try {
          leftOut.addAll(unpacking.get());
          break;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      failure = first(failure, e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    return switch (failure) {
      case null -> List.copyOf(leftOut);
      case ImageException e -> throw e;
      case IOException e -> throw e;
      case RuntimeException e -> throw e;
      default -> throw new IllegalStateException(failure);
    };
  }

  /// Choose the failure that the other one came from: who reads has found the end too early, or who
  /// writes has found nobody reading.
  private static Exception first(@Nullable Exception writing, ExecutionException unpacking) {
    if (writing != null && !(writing instanceof SyscallException e && e.errno() == Errno.EPIPE)) {
      return writing;
    }
    return switch (unpacking.getCause()) {
      case Exception e -> e;
      case Error e -> throw e;
      case null, default -> unpacking;
    };
  }

  private static String said(Exception e) {
    return String.valueOf(e.getMessage());
  }
}
