package jontainers.image;

import java.util.List;
import java.util.Optional;
import jontainers.image.name.Reference;
import jontainers.oci.Descriptor;
import jontainers.oci.Digest;
import jontainers.oci.ImageConfig;
import jontainers.oci.Manifest;

/// An image of the store, for one platform.
///
/// @param id the digest of its configuration, as Docker and Podman name images
/// @param manifest where its manifest is
/// @param document the manifest
/// @param config how it is run
/// @param names what it is called, with what each name stands for: this manifest, or an index
public record Image(
    Digest id, Descriptor manifest, Manifest document, ImageConfig config, List<Name> names) {
  private static final int SHORT_ID = 12;

  public Image {
    names = List.copyOf(names);
  }

  /// A name, or the place of one that was lost.
  ///
  /// @param reference absent for what is kept without a name
  /// @param target what the name stands for
  public record Name(Optional<Reference> reference, Descriptor target) {
    /// Return what the store calls it.
    String key() {
      return reference.map(Reference::toString).orElse(target.digest().toString());
    }
  }

  Image withNames(List<Name> all) {
    return new Image(id, manifest, document, config, all);
  }

  /// Return the names with tags as Docker shows them: `busybox:latest`.
  public List<String> tags() {
    return names.stream()
        .flatMap(name -> name.reference().stream())
        .filter(reference -> reference.tag() != null)
        .map(reference -> reference.withoutDigest().familiar())
        .distinct()
        .toList();
  }

  /// Return the names with digests as Docker shows them: `busybox@sha256:…`.
  public List<String> digests() {
    return names.stream()
        .flatMap(name ->
            name.reference().map(r -> r.withDigest(name.target().digest()).familiar()).stream())
        .distinct()
        .toList();
  }

  /// Return the digests of its layers' tar archives, lowest first.
  public List<Digest> diffIds() {
    return config.rootfs().digests();
  }

  /// Return the id as people are shown it: twelve digits.
  public String shortId() {
    return shortId(id);
  }

  /// Return the first twelve digits of a digest.
  public static String shortId(Digest digest) {
    return digest.hex().substring(0, SHORT_ID);
  }

  /// Return a name for messages: the first one, or the short id.
  public String shown() {
    var tags = tags();
    return tags.isEmpty() ? shortId() : tags.getFirst();
  }
}
