package jontainers.engine;

import java.util.List;
import jontainers.image.ConfigChange;
import jontainers.image.ImageException;
import jontainers.oci.ImageConfig;

/// What to write down of an image that is made of a container.
///
/// @param author who made it, or empty
/// @param comment what for, or empty
/// @param changes instructions of a Dockerfile that configure it: [ConfigChange]
/// @param pause whether a container that runs stands still meanwhile
public record CommitOptions(String author, String comment, List<String> changes, boolean pause) {
  public CommitOptions {
    changes = List.copyOf(changes);
  }

  /// Nothing in particular; a container that runs stands still.
  public static CommitOptions standard() {
    return new CommitOptions("", "", List.of(), true);
  }

  ImageConfig.Config config(ImageConfig.Config container) throws ImageException {
    var config = container;
    for (String change : changes) {
      config = ConfigChange.apply(config, change);
    }
    return config;
  }
}
