package jontainers.image;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jontainers.oci.Digest;
import jontainers.oci.ImageConfig;
import jontainers.oci.Platform;
import org.jspecify.annotations.Nullable;

/// What an image is to be like that is made of one more layer.
///
/// @param base what it is made upon; absent for an image of one layer
/// @param config how it is run
/// @param platform of an image without a base
/// @param author for its configuration
/// @param comment for its history
/// @param createdBy for its history
/// @param created when
public record NewImage(
    Optional<Image> base,
    ImageConfig.Config config,
    Platform platform,
    String author,
    String comment,
    String createdBy,
    Instant created) {

  /// Describe the image with a layer.
  ImageConfig withLayer(Digest diffId) {
    var diffIds = new ArrayList<Digest>(base.map(Image::diffIds).orElse(List.of()));
    diffIds.add(diffId);
    var history = new ArrayList<>(base.map(b -> b.config().history()).orElse(List.of()));
    String time = created.toString();
    history.add(
        new ImageConfig.History(time, orNull(author), orNull(createdBy), orNull(comment), false));
    var of = base.map(b -> b.config().platform()).filter(p -> !p.isEmpty()).orElse(platform);
    return new ImageConfig(
        time,
        orNull(author),
        of.architecture(),
        of.variant(),
        of.os(),
        of.osVersion(),
        of.osFeatures(),
        config,
        ImageConfig.Rootfs.of(diffIds),
        history);
  }

  private static @Nullable String orNull(String text) {
    return text.isEmpty() ? null : text;
  }
}
