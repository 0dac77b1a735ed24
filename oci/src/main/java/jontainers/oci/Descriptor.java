package jontainers.oci;

import io.avaje.jsonb.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where content is found, what it is and how long it is (descriptor.md).
///
/// @param size in bytes
/// @param urls other places to have it from
/// @param data the content itself in base64, where it is short
/// @param platform in an index alone
@Json
public record Descriptor(
    String mediaType,
    @Json.Serializer(DigestText.class) Digest digest,
    long size,
    List<String> urls,
    Map<String, String> annotations,
    @Nullable String data,
    @Nullable String artifactType,
    @Nullable Platform platform) {
  public Descriptor {
    Fields.required(mediaType, "descriptor.mediaType");
    Fields.required(digest, "descriptor.digest");
    if (size < 0) {
      throw new OciFormatException("descriptor.size of " + digest + " is negative: " + size);
    }
    urls = Fields.list(urls);
    annotations = Fields.map(annotations);
  }

  /// Describe content by what is always told.
  public static Descriptor of(String mediaType, Digest digest, long size) {
    return new Descriptor(mediaType, digest, size, List.of(), Map.of(), null, null, null);
  }

  /// Describe bytes.
  public static Descriptor of(String mediaType, byte[] content) {
    return of(mediaType, Digest.of(content), content.length);
  }

  public Descriptor withMediaType(String value) {
    return new Descriptor(value, digest, size, urls, annotations, data, artifactType, platform);
  }

  public Descriptor withPlatform(Platform value) {
    return new Descriptor(mediaType, digest, size, urls, annotations, data, artifactType, value);
  }

  /// Add an annotation, or replace the one of this key.
  public Descriptor withAnnotation(String key, String value) {
    var all = new LinkedHashMap<>(annotations);
    all.put(key, value);
    return withAnnotations(all);
  }

  /// Replace all annotations.
  public Descriptor withAnnotations(Map<String, String> all) {
    return new Descriptor(mediaType, digest, size, urls, all, data, artifactType, platform);
  }
}
