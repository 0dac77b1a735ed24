package jontainers.oci;

import io.avaje.json.JsonAdapter;
import io.avaje.json.JsonReader;
import io.avaje.json.JsonWriter;
import io.avaje.jsonb.CustomAdapter;
import io.avaje.jsonb.Jsonb;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/// Read and write the specification's uint64 as the 64 bits of a `long`.
@CustomAdapter(global = false)
public final class Unsigned64 implements JsonAdapter<Long> {
  /// Make one; the generated code calls this.
  ///
  /// @param jsonb not used
  public Unsigned64(Jsonb jsonb) {}

  @Override
  public @Nullable Long fromJson(JsonReader reader) {
    return reader.isNullValue() ? null : Long.parseUnsignedLong(reader.readBigInteger().toString());
  }

  @Override
  public void toJson(JsonWriter writer, Long value) {
    if (value >= 0) {
      writer.value(value.longValue());
    } else {
      writer.value(new BigInteger(Long.toUnsignedString(value)));
    }
  }
}
