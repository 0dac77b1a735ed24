package jontainers.oci;

import io.avaje.jsonb.Json;
import java.util.List;

/// The programs run along the container's life, each list in order (`hooks` of config.md).
///
/// @param prestart deprecated by the specification, still required of a runtime
@Json
public record Hooks(
    List<Hook> prestart,
    List<Hook> createRuntime,
    List<Hook> createContainer,
    List<Hook> startContainer,
    List<Hook> poststart,
    List<Hook> poststop) {
  public static final Hooks NONE =
      new Hooks(List.of(), List.of(), List.of(), List.of(), List.of(), List.of());

  public Hooks {
    prestart = Fields.list(prestart);
    createRuntime = Fields.list(createRuntime);
    createContainer = Fields.list(createContainer);
    startContainer = Fields.list(startContainer);
    poststart = Fields.list(poststart);
    poststop = Fields.list(poststop);
  }
}
