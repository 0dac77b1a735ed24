package jontainers.image.registry;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import jontainers.image.ImageException;
import jontainers.image.ImageException.Category;
import jontainers.oci.Descriptor;
import jontainers.oci.Platform;
import org.jspecify.annotations.Nullable;

/// Choose the manifest of an index for a platform, as containerd's package platforms does.
///
/// A machine also runs what older variants of its architecture run: `arm/v7` falls back to v6 and
/// v5, `amd64/v3` to v2 and v1.
public final class PlatformMatch {
  private final Platform wanted;

  private PlatformMatch(Platform wanted) {
    this.wanted = wanted;
  }

  /// Match what this machine runs.
  public static PlatformMatch host() {
    return of(Platform.of("linux", System.getProperty("os.arch", ""), null));
  }

  /// Match a platform.
  public static PlatformMatch of(Platform platform) {
    return new PlatformMatch(normal(platform));
  }

  /// Parse `linux/arm/v7`, `linux/amd64` or an architecture alone.
  ///
  /// @throws ImageException where it has no such form
  public static PlatformMatch parse(String text) throws ImageException {
    String[] parts = text.split("/", -1);
    for (String part : parts) {
      if (!part.matches("[A-Za-z0-9_.-]+")) {
        throw new ImageException(
            Category.INVALID,
            "invalid platform \"" + text + "\"",
            "a platform is written as linux/amd64 or linux/arm/v7");
      }
    }
    return switch (parts.length) {
      case 1 -> of(Platform.of("linux", parts[0], null));
      case 2 -> of(Platform.of(parts[0], parts[1], null));
      case 3 -> of(Platform.of(parts[0], parts[1], parts[2]));
      default ->
          throw new ImageException(
              Category.INVALID,
              "invalid platform \"" + text + "\"",
              "a platform is written as linux/amd64 or linux/arm/v7");
    };
  }

  /// Return the manifest that fits best; the first of several.
  public Optional<Descriptor> best(List<Descriptor> manifests) {
    for (var choice : choices()) {
      for (var manifest : manifests) {
        var platform = manifest.platform();
        if (platform != null && normal(platform).equals(normal(choice))) {
          return Optional.of(manifest);
        }
      }
    }
    return Optional.empty();
  }

  /// Tell whether an image for a platform fits.
  public boolean fits(Platform platform) {
    return choices().stream().anyMatch(choice -> normal(choice).equals(normal(platform)));
  }

  /// The platforms to take, the best one first.
  private List<Platform> choices() {
    var choices = new ArrayList<Platform>();
    choices.add(wanted);
    String variant = wanted.variant();
    int version = variant != null && variant.matches("v[1-9]") ? variant.charAt(1) - '0' : 0;
    int oldest =
        switch (wanted.architecture()) {
          case "arm" -> 5;
          case "amd64" -> 1;
          default -> version;
        };
    while (--version >= oldest) {
      choices.add(Platform.of(wanted.os(), wanted.architecture(), "v" + version));
    }
    if (wanted.architecture().equals("amd64")) {
      choices.add(Platform.of(wanted.os(), "386", null));
    } else if (wanted.architecture().equals("arm64")) {
      for (int arm = 8; arm >= 5; arm--) {
        choices.add(Platform.of(wanted.os(), "arm", "v" + arm));
      }
    }
    return choices;
  }

  /// Write a platform in one way, without the variants that are meant anyway: normalizeArch.
  private static Platform normal(Platform platform) {
    String architecture = platform.architecture().toLowerCase(Locale.ROOT);
    String variant = platform.variant() == null ? "" : platform.variant();
    switch (architecture) {
      case "x86_64", "x86-64", "amd64" -> {
        architecture = "amd64";
        variant = variant.equals("v1") ? "" : variant;
      }
      case "i386", "i686", "386" -> {
        architecture = "386";
        variant = "";
      }
      case "aarch64", "arm64" -> {
        architecture = "arm64";
        variant = variant.equals("8") || variant.equals("v8") ? "" : variant;
      }
      case "armhf" -> {
        architecture = "arm";
        variant = "v7";
      }
      case "armel" -> {
        architecture = "arm";
        variant = "v6";
      }
      case "arm" -> variant = variant.isEmpty() || variant.equals("7") ? "v7" : variant;
      default -> {}
    }
    if (architecture.equals("arm") && variant.matches("[568]")) {
      variant = "v" + variant;
    }
    return Platform.of(platform.os().toLowerCase(Locale.ROOT), architecture, emptyToNull(variant));
  }

  private static @Nullable String emptyToNull(String text) {
    return text.isEmpty() ? null : text;
  }

  /// As `--platform` takes it.
  @Override
  public String toString() {
    return wanted.toString();
  }
}
