package jontainers.oci;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Rules for the fields of a record: required ones are there, an absent collection is empty.
final class Fields {
  private Fields() {}

  static <T> T required(@Nullable T value, String name) {
    if (value == null) {
      throw new OciFormatException(name + " is missing");
    }
    return value;
  }

  static <T> T or(@Nullable T value, T otherwise) {
    return value == null ? otherwise : value;
  }

  /// Copy a list as it was; absent is empty.
  static <T> List<T> list(@Nullable List<T> values) {
    return values == null ? List.of() : List.copyOf(values);
  }

  /// Copy a set, keeping its order; absent is empty.
  static Set<String> set(@Nullable Set<String> values) {
    return values == null || values.isEmpty()
        ? Set.of()
        : Collections.unmodifiableSet(new LinkedHashSet<>(values));
  }

  /// Copy a map, keeping its order; absent is empty.
  static <V> Map<String, V> map(@Nullable Map<String, V> values) {
    return values == null || values.isEmpty()
        ? Map.of()
        : Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }
}
