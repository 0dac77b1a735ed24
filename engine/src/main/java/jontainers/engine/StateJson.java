package jontainers.engine;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.regex.Pattern;
import jontainers.linux.Fd;
import jontainers.oci.OciFormatException;
import jontainers.oci.RecordJson;

/// Read and write `state.json`: a reader sees the old one or the new one, whole.
final class StateJson {
  private static final RecordJson<ContainerState> JSON = RecordJson.of(ContainerState.class);
  private static final Pattern ID = Pattern.compile("[0-9a-f]{64}");

  private StateJson() {}

  /// Read a state; empty where there is none.
  ///
  /// @throws UnreadableRecordException where there is one that this version cannot read
  static Optional<ContainerState> read(Path file) throws IOException {
    try {
      return Optional.of(checked(JSON.parse(Files.readAllBytes(file))));
    } catch (NoSuchFileException e) {
      if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        throw new UnreadableRecordException(file, "it is a link that points nowhere", e);
      }
      return Optional.empty();
    } catch (OciFormatException e) {
      throw new UnreadableRecordException(file, String.valueOf(e.getMessage()), e);
    } catch (FileSystemException e) {
      throw new UnreadableRecordException(file, String.valueOf(e.getReason()), e);
    } catch (IOException e) {
      throw new UnreadableRecordException(file, String.valueOf(e.getMessage()), e);
    }
  }

  /// What is believed of a state later on, without another look.
  private static ContainerState checked(ContainerState state) {
    if (!ID.matcher(state.id()).matches()) {
      throw new OciFormatException("it has no container's id");
    }
    var _ = state.diffIds();
    return state;
  }

  /// Write a state beside the old one, flush it when it must survive the machine, and rename it.
  static void write(Path file, ContainerState state) throws IOException {
    var fresh = file.resolveSibling("state.json.new");
    byte[] json = JSON.bytes(state);
    try (var fd = Fd.open(fresh, Fd.O_WRONLY | Fd.O_CREAT | Fd.O_TRUNC, 0600)) {
      fd.write(json);
      if (!state.autoRemove()) {
        fd.fsync();
      }
    }
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
