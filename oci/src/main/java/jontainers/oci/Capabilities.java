package jontainers.oci;

import io.avaje.jsonb.Json;
import java.util.List;

/// The process's capability sets, as names such as `CAP_CHOWN` (capabilities(7)).
@Json
public record Capabilities(
    List<String> bounding,
    List<String> effective,
    List<String> permitted,
    List<String> inheritable,
    List<String> ambient) {
  /// No capability in any set.
  public static final Capabilities NONE =
      new Capabilities(List.of(), List.of(), List.of(), List.of(), List.of());

  public Capabilities {
    bounding = Fields.list(bounding);
    effective = Fields.list(effective);
    permitted = Fields.list(permitted);
    inheritable = Fields.list(inheritable);
    ambient = Fields.list(ambient);
  }

  /// The same names in bounding, effective and permitted and none to inherit, as Docker has it.
  public static Capabilities of(List<String> names) {
    return new Capabilities(names, names, names, List.of(), List.of());
  }

  /// The names in bounding alone, as Docker has it for a user other than root: execve(2) takes the
  /// others away from one, and programs that are looked for before it should not be found by them.
  public static Capabilities bounding(List<String> names) {
    return new Capabilities(names, List.of(), List.of(), List.of(), List.of());
  }
}
