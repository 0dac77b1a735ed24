package jontainers.engine;

import io.avaje.json.JsonException;
import io.avaje.jsonb.Jsonb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import jontainers.linux.Fd;
import jontainers.oci.RawStrings;

/// Read and write `state.json`: a reader sees the old one or the new one, whole.
final class StateJson {
  private static final Jsonb JSONB = Jsonb.builder().build();

  private StateJson() {}

  /// Read a state; empty where there is none, or none that this version understands.
  static Optional<ContainerState> read(Path file) throws IOException {
    try {
      return Optional.ofNullable(
          JSONB.type(ContainerState.class).fromJson(Files.readAllBytes(file)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (JsonException | NullPointerException e) {
      return Optional.empty();
    }
  }

  /// Write a state beside the old one, flush it when it must survive the machine, and rename it.
  static void write(Path file, ContainerState state) throws IOException {
    var fresh = file.resolveSibling("state.json.new");
    byte[] json = RawStrings.toJsonBytes(JSONB.type(ContainerState.class), state);
    try (var fd = Fd.open(fresh, Fd.O_WRONLY | Fd.O_CREAT | Fd.O_TRUNC, 0600)) {
      fd.write(json);
      if (!state.autoRemove()) {
        fd.fsync();
      }
    }
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
