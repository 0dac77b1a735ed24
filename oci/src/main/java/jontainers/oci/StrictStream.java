package jontainers.oci;

import io.avaje.json.JsonReader;
import io.avaje.json.JsonWriter;
import io.avaje.json.PropertyNames;
import io.avaje.json.stream.BufferedJsonWriter;
import io.avaje.json.stream.BytesJsonWriter;
import io.avaje.json.stream.JsonOutput;
import io.avaje.json.stream.JsonStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Give the library's generated code [StrictReader] to read with, and its own writers.
///
/// The generated code tells the names of each object's fields once; they are kept for the reader.
/// Safe for any thread.
final class StrictStream implements JsonStream {
  private final JsonStream writers;
  private final boolean raw;

  /// By identity: the library's names have no equality.
  private final Map<PropertyNames, FieldNames> fields = new ConcurrentHashMap<>();

  private StrictStream(JsonStream writers, boolean raw) {
    this.writers = writers;
    this.raw = raw;
  }

  /// Leave out what is empty when writing, as OCI's documents do.
  static StrictStream sparse() {
    return new StrictStream(
        JsonStream.builder().serializeNulls(false).serializeEmpty(false).build(), false);
  }

  /// Write empty lists and maps, too, and read [RawStrings].
  static StrictStream complete() {
    return new StrictStream(
        JsonStream.builder().serializeNulls(false).serializeEmpty(true).build(), true);
  }

  @Override
  public PropertyNames properties(String... names) {
    var properties = writers.properties(names);
    fields.put(properties, new FieldNames(new LinkedHashSet<>(List.of(names))));
    return properties;
  }

  @Override
  public StrictReader reader(byte[] json) {
    return new StrictReader(json, fields, raw);
  }

  @Override
  public JsonReader reader(String json) {
    return reader(json.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public JsonReader reader(Reader json) {
    try (json) {
      return reader(json.readAllAsString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public JsonReader reader(InputStream json) {
    try (json) {
      return reader(json.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public JsonWriter writer(Writer out) {
    return writers.writer(out);
  }

  @Override
  public JsonWriter writer(OutputStream out) {
    return writers.writer(out);
  }

  @Override
  public JsonWriter writer(JsonOutput out) {
    return writers.writer(out);
  }

  @Override
  public BufferedJsonWriter bufferedWriter() {
    return writers.bufferedWriter();
  }

  @Override
  public BytesJsonWriter bufferedWriterAsBytes() {
    return writers.bufferedWriterAsBytes();
  }
}
