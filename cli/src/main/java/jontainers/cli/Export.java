package jontainers.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import jontainers.engine.EngineException;
import jontainers.engine.RunningContainer;
import jontainers.linux.RawText;

/// Where the filesystem of a container goes when it has ended.
sealed interface Export {
  /// A file, replaced when the tar is complete.
  record ToFile(Path file) implements Export {}

  /// Standard output.
  record ToStdout() implements Export {}

  static Export toFile(Path file) throws UsageException {
    Path directory = file.getParent();
    if (Files.isDirectory(file)) {
      throw new UsageException(
          "cannot export to " + RawText.of(file) + ": is a directory", "name a file");
    }
    if (directory == null || !Files.isDirectory(directory)) {
      throw new UsageException(
          "cannot export to "
              + RawText.of(file)
              + ": no such directory: "
              + (directory == null ? "" : RawText.of(directory)),
          "");
    }
    if (!Files.isWritable(directory)) {
      throw new UsageException(
          "cannot export to "
              + RawText.of(file)
              + ": "
              + RawText.of(directory)
              + " is not writable",
          "");
    }
    return new ToFile(file);
  }

  static Export toStdout() {
    return new ToStdout();
  }

  /// Write the tar of a container that has ended.
  default void write(Session session, RunningContainer container) throws EngineException {
    switch (this) {
      case ToFile toFile -> container.exportTo(toFile.file());
      case ToStdout _ -> container.export(new LentOutput(session.stdout()));
    }
  }
}
