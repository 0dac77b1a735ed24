package jontainers.oci;

import io.avaje.json.JsonAdapter;
import io.avaje.json.JsonReader;
import io.avaje.json.JsonWriter;
import io.avaje.jsonb.AdapterFactory;
import io.avaje.jsonb.CustomAdapter;
import io.avaje.jsonb.Jsonb;
import java.util.LinkedHashSet;
import java.util.Set;

/// Read and write an object of which only the names count, `{"80/tcp": {}}`, as a set in its order.
@CustomAdapter(global = false)
public final class NameSet implements JsonAdapter<Set<String>> {
  /// Makes one where a field names this adapter; the library asks generic ones for this.
  public static final AdapterFactory FACTORY =
      (type, jsonb) -> type == NameSet.class ? new NameSet(jsonb) : null;

  /// Make one; the generated code calls this.
  ///
  /// @param jsonb not used
  public NameSet(Jsonb jsonb) {}

  @Override
  public Set<String> fromJson(JsonReader reader) {
    var names = new LinkedHashSet<String>();
    if (reader.isNullValue()) {
      return names;
    }
    reader.beginObject();
    while (reader.hasNextField()) {
      names.add(reader.nextField());
      reader.skipValue();
    }
    reader.endObject();
    return names;
  }

  @Override
  public void toJson(JsonWriter writer, Set<String> names) {
    if (names.isEmpty()) {
      writer.nullValue();
      return;
    }
    writer.beginObject();
    for (var name : names) {
      writer.name(name);
      writer.beginObject();
      writer.endObject();
    }
    writer.endObject();
  }
}
