package jontainers.oci;

import io.avaje.jsonb.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A container's state, as `state` prints it and hooks read it (runtime.md, "State").
///
/// @param status `creating`, `created`, `running` or `stopped`
/// @param pid the container process's, as its runtime sees it; absent when there is none
/// @param bundle absolute
@Json
public record State(
    String ociVersion,
    String id,
    String status,
    @Nullable Integer pid,
    String bundle,
    Map<String, String> annotations) {
  public State {
    Fields.required(ociVersion, "ociVersion");
    Fields.required(id, "id");
    Fields.required(status, "status");
    Fields.required(bundle, "bundle");
    annotations = Fields.map(annotations);
  }

  /// Read a state.
  ///
  /// @throws OciFormatException where it is not JSON or not such a document
  public static State parse(String json) {
    return Documents.parse(State.class, json, "state");
  }

  /// Write it on one line, without what is empty: a hook may be a shell script that reads one.
  /// Bytes of a path that are no UTF-8 are escapes ([RawStrings]).
  public String toJson() {
    return Documents.line(State.class, this);
  }
}
