package jontainers.oci;

import io.avaje.json.JsonAdapter;
import io.avaje.json.JsonReader;
import io.avaje.json.JsonWriter;
import io.avaje.jsonb.Jsonb;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Read and write a JSON object as a map, in its order, omitting an empty one.
///
/// The library's own adapter writes `{}` whatever the settings say.
final class SparseMap<V> implements JsonAdapter<Map<String, V>> {
  private final JsonAdapter<V> values;

  private SparseMap(JsonAdapter<V> values) {
    this.values = values;
  }

  /// Make one for a type `Map<String, …>`, null for any other: an AdapterFactory.
  static @Nullable JsonAdapter<?> create(Type type, Jsonb jsonb) {
    return type instanceof ParameterizedType map && map.getRawType() == Map.class
        ? new SparseMap<>(jsonb.adapter(map.getActualTypeArguments()[1])).nullSafe()
        : null;
  }

  @Override
  public Map<String, V> fromJson(JsonReader reader) {
    var map = new LinkedHashMap<String, V>();
    reader.beginObject();
    while (reader.hasNextField()) {
      map.put(reader.nextField(), values.fromJson(reader));
    }
    reader.endObject();
    return map;
  }

  @Override
  public void toJson(JsonWriter writer, Map<String, V> map) {
    if (map.isEmpty()) {
      writer.nullValue();
      return;
    }
    writer.beginObject();
    map.forEach((name, value) -> {
      writer.name(name);
      values.toJson(writer, value);
    });
    writer.endObject();
  }
}
