package jontainers.oci;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Find every place where a document has something else than its record: the reader itself stops at
/// the first.
///
/// Only used for a document that could not be read, so that reflection costs nobody anything.
final class Shapes {
  /// Fields whose names are no names of Java.
  private static final Map<String, String> NAMES =
      Map.of(
          "ioClass", "class",
          "last", "final",
          "osVersion", "os.version",
          "osFeatures", "os.features",
          "diffIds", "diff_ids",
          "createdBy", "created_by",
          "emptyLayer", "empty_layer");

  private final List<String> problems = new ArrayList<>();

  private Shapes() {}

  /// Return a problem a line, each with its place; none where the document has the right shape or
  /// is no JSON.
  static List<String> problems(Class<?> type, String json) {
    @Nullable Object tree;
    try {
      tree = JsonTree.parse(json);
    } catch (OciFormatException e) {
      return List.of();
    }
    var shapes = new Shapes();
    shapes.look(type, tree, "");
    return shapes.problems;
  }

  private void look(Type type, @Nullable Object value, String place) {
    if (value == null) {
      return;
    }
    if (type instanceof ParameterizedType of) {
      collection(of, value, place);
    } else if (type == String.class) {
      require(value instanceof String, place, "a string", value);
    } else if (type == boolean.class || type == Boolean.class) {
      require(value instanceof Boolean, place, "true or false", value);
    } else if (type == int.class || type == Integer.class) {
      require(isWhole(value, Integer.MIN_VALUE, Integer.MAX_VALUE), place, "a whole number", value);
    } else if (type == long.class || type == Long.class) {
      require(isWhole(value, Long.MIN_VALUE, 0x1p64), place, "a whole number", value);
    } else if (type instanceof Class<?> record && record.isRecord()) {
      object(record, value, place);
    }
  }

  private void collection(ParameterizedType type, Object value, String place) {
    if (type.getRawType() == Set.class) { // see NameSet
      require(value instanceof Map, place, "an object", value);
      return;
    }
    boolean list = type.getRawType() == List.class;
    var of = type.getActualTypeArguments()[list ? 0 : 1];
    if (list && value instanceof List<?> values) {
      for (int i = 0; i < values.size(); i++) {
        look(of, values.get(i), place + "[" + i + "]");
      }
    } else if (!list && value instanceof Map<?, ?> values) {
      values.forEach((name, one) -> look(of, one, below(place, String.valueOf(name))));
    } else {
      require(false, place, list ? "an array" : "an object", value);
    }
  }

  private void object(Class<?> record, Object value, String place) {
    if (!(value instanceof Map<?, ?> fields)) {
      require(false, place, "an object", value);
      return;
    }
    for (var component : record.getRecordComponents()) {
      String name = NAMES.getOrDefault(component.getName(), component.getName());
      if (!fields.containsKey(name)) { // as Docker writes those of an image
        name = Character.toUpperCase(name.charAt(0)) + name.substring(1);
      }
      look(component.getGenericType(), fields.get(name), below(place, name));
    }
  }

  /// What has a fraction or an exponent is no whole number, as in Go, whatever its value.
  private static boolean isWhole(Object value, double least, double most) {
    return switch (value) {
      case Long number -> number >= least && number <= most;
      case Double number -> Math.abs(number) >= 0x1p63 && number >= least && number <= most;
      default -> false;
    };
  }

  private static String below(String place, String name) {
    return place.isEmpty() ? name : place + "." + name;
  }

  private void require(boolean is, String place, String what, Object value) {
    if (!is) {
      problems.add(
          (place.isEmpty() ? "the document" : place) + ": is not " + what + ": " + brief(value));
    }
  }

  private static String brief(Object value) {
    String text =
        value instanceof Map<?, ?>
            ? "an object"
            : value instanceof List<?> ? "an array" : "\"" + value + "\"";
    return text.length() > 40 ? text.substring(0, 39) + "…" : text;
  }
}
