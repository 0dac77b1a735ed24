package jontainers.runtime;

import io.avaje.json.JsonException;
import io.avaje.jsonb.Json;
import io.avaje.jsonb.Jsonb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jontainers.linux.Fd;
import jontainers.linux.RawText;
import jontainers.oci.RawStrings;
import jontainers.oci.Spec;
import jontainers.oci.State;
import org.jspecify.annotations.Nullable;

/// What a runtime remembers of a container between two commands: `state.json` in its directory.
///
/// @param ociVersion that of its configuration
/// @param bundle absolute
/// @param rootfs absolute
/// @param pid its first process in the pid namespace of the runtime; 0 before there is one
/// @param pidStart when that began, in clock ticks since boot: another process of the same number
///   has another one (proc_pid_stat(5))
/// @param created when, as RFC 3339 has it
/// @param owner the user who made it
/// @param cgroups the directories it holds, written down before they are made
/// @param unit that of systemd which makes them; absent where the runtime does
@Json
public record ContainerRecord(
    String ociVersion,
    String id,
    String bundle,
    String rootfs,
    int pid,
    long pidStart,
    String created,
    int owner,
    List<String> cgroups,
    @Nullable String unit,
    Map<String, String> annotations) {
  private static final Jsonb JSONB = Jsonb.builder().build();

  public ContainerRecord {
    cgroups = List.copyOf(cgroups);
    annotations = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(annotations));
  }

  /// Read the record in a container's directory.
  static ContainerRecord read(Path file) throws IOException {
    try {
      return JSONB.type(ContainerRecord.class).fromJson(Files.readAllBytes(file));
    } catch (JsonException | NullPointerException e) {
      throw new IOException(RawText.of(file) + " is damaged", e);
    }
  }

  /// Replace the record: a reader sees the old one or the new one, whole.
  ///
  /// Not flushed to the disk: it describes processes, which do not survive the machine either.
  void write(Path file) throws IOException {
    var fresh = file.resolveSibling("state.json.new");
    try (var fd = Fd.open(fresh, Fd.O_WRONLY | Fd.O_CREAT | Fd.O_TRUNC, 0600)) {
      fd.write(RawStrings.toJsonBytes(JSONB.type(ContainerRecord.class), this));
    }
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  ContainerRecord withProcess(int number, long start) {
    return new ContainerRecord(
        ociVersion, id, bundle, rootfs, number, start, created, owner, cgroups, unit, annotations);
  }

  /// Return the same of a container that has no unit, nor the cgroups that belong to one.
  ContainerRecord withoutUnit() {
    return new ContainerRecord(
        ociVersion,
        id,
        bundle,
        rootfs,
        pid,
        pidStart,
        created,
        owner,
        List.of(),
        null,
        annotations);
  }

  /// Return the state that `state` prints and hooks read: runtime.md, "State".
  State state(ContainerStatus status) {
    return new State(
        Spec.VERSION,
        id,
        status.ociName(),
        status == ContainerStatus.STOPPED ? null : pid,
        bundle,
        annotations);
  }
}
