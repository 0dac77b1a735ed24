package jontainers.conformance;

import io.avaje.jsonb.JsonType;
import io.avaje.jsonb.Jsonb;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A JSON object to be read and changed by paths: `linux.resources.memory`.
///
/// Objects are maps, arrays lists.
final class Json {
  private static final JsonType<Object> TYPE = Jsonb.builder().build().type(Object.class);

  private final Map<String, Object> root;

  private Json(Map<String, Object> root) {
    this.root = root;
  }

  @SuppressWarnings("unchecked") // a JSON object has strings for keys
  static Json parse(String text) {
    return new Json((Map<String, Object>) Objects.requireNonNull(TYPE.fromJson(text), text));
  }

  static List<?> parseList(String text) {
    return (List<?>) Objects.requireNonNull(TYPE.fromJson(text), text);
  }

  /// Return an object: keys and values in turn.
  static Map<String, Object> object(Object... keysAndValues) {
    var map = new LinkedHashMap<String, Object>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      map.put((String) keysAndValues[i], keysAndValues[i + 1]);
    }
    return map;
  }

  /// Put a value, with the objects that lead to it.
  Json set(String path, Object value) {
    parent(path).put(name(path), value);
    return this;
  }

  Json remove(String path) {
    parent(path).remove(name(path));
    return this;
  }

  /// Append to an array, which is made if need be.
  @SuppressWarnings("unchecked") // what stands in an array is an object to us
  Json add(String path, Object element) {
    var list = new ArrayList<>((List<Object>) parent(path).getOrDefault(name(path), List.of()));
    list.add(element);
    return set(path, list);
  }

  /// Return what is at a path, null where there is nothing.
  @Nullable Object get(String path) {
    return parent(path).get(name(path));
  }

  String text(String path) {
    return (String) Objects.requireNonNull(get(path), path);
  }

  int number(String path) {
    return ((Number) Objects.requireNonNull(get(path), path)).intValue();
  }

  /// Return the array at a path, empty where there is none.
  @SuppressWarnings("unchecked") // the caller knows the specification
  List<Map<String, Object>> objects(String path) {
    return (List<Map<String, Object>>) parent(path).getOrDefault(name(path), List.of());
  }

  java.util.Set<String> keys() {
    return root.keySet();
  }

  @Override
  public String toString() {
    return TYPE.toJson(root);
  }

  @SuppressWarnings("unchecked") // as above
  private Map<String, Object> parent(String path) {
    var at = root;
    String[] names = path.split("\\.");
    for (int i = 0; i < names.length - 1; i++) {
      var next = (Map<String, Object>) at.computeIfAbsent(names[i], n -> object());
      at = next;
    }
    return at;
  }

  private static String name(String path) {
    return path.substring(path.lastIndexOf('.') + 1);
  }
}
