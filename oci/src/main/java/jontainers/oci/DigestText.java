package jontainers.oci;

import io.avaje.json.JsonAdapter;
import io.avaje.json.JsonReader;
import io.avaje.json.JsonWriter;
import io.avaje.jsonb.CustomAdapter;
import io.avaje.jsonb.Jsonb;

/// Read and write a digest as its text.
@CustomAdapter(global = false)
public final class DigestText implements JsonAdapter<Digest> {
  /// Make one; the generated code calls this.
  ///
  /// @param jsonb not used
  public DigestText(Jsonb jsonb) {}

  @Override
  public Digest fromJson(JsonReader reader) {
    return Digest.parse(reader.readString());
  }

  @Override
  public void toJson(JsonWriter writer, Digest value) {
    writer.value(value.toString());
  }
}
