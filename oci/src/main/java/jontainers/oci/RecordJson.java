package jontainers.oci;

import io.avaje.json.JsonException;
import io.avaje.jsonb.Jsonb;
import java.util.Objects;

/// Read and write a record that this program keeps for itself, in JSON and at any length.
///
/// As strict as [Documents] where a text could be read in two ways, and as lenient as it gets where
/// not: what was written can be read, [RawStrings] too. Safe for any thread.
public final class RecordJson<T> {
  private static final StrictStream STREAM = StrictStream.complete();
  private static final Jsonb JSONB = Jsonb.builder().adapter(STREAM).build();

  private final Class<T> type;

  private RecordJson(Class<T> type) {
    this.type = type;
  }

  /// Read and write records of a type.
  ///
  /// @param type a record with a generated adapter
  public static <T> RecordJson<T> of(Class<T> type) {
    return new RecordJson<>(type);
  }

  /// Read a record.
  ///
  /// @throws OciFormatException where it is cut off, damaged, or one of another version
  public T parse(byte[] json) {
    try {
      var reader = STREAM.reader(json);
      var document = JSONB.type(type).fromJson(reader);
      reader.end();
      return Objects.requireNonNull(document);
    } catch (NullPointerException e) {
      throw new OciFormatException("it lacks a field", e);
    } catch (JsonException | IllegalArgumentException e) {
      throw new OciFormatException(String.valueOf(e.getMessage()), e);
    }
  }

  /// Write a record on one line, with all its fields.
  public byte[] bytes(T document) {
    try {
      return JSONB.type(type).toJsonBytes(document);
    } catch (JsonException e) { // a string with bytes that are no UTF-8
      return RawStrings.json(JSONB.type(type), document, STREAM);
    }
  }
}
