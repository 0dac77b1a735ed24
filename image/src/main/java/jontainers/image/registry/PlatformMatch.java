package jontainers.image.registry;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import jontainers.image.ImageException;
import jontainers.image.ImageException.Category;
import jontainers.oci.Descriptor;
import jontainers.oci.MediaTypes;
import jontainers.oci.Platform;
import org.jspecify.annotations.Nullable;

/// Choose the manifest of an index for a platform, as containerd's package platforms does.
///
/// A machine also runs what older variants of its architecture run: `arm/v7` falls back to v6 and
/// v5, `amd64/v3` to v2 and v1, `arm64/v9` to v8.5 and what is before it.
public final class PlatformMatch {
  /// What an architecture alone may be: isKnownArch, and what Linux has come to since.
  private static final Set<String> ARCHITECTURES =
      Set.of(
          "386",
          "amd64",
          "arm",
          "arm64",
          "loong64",
          "mips",
          "mips64",
          "mips64le",
          "mipsle",
          "ppc",
          "ppc64",
          "ppc64le",
          "riscv64",
          "s390",
          "s390x",
          "sparc",
          "sparc64");

  /// Of the variants of arm64: `v8`, `v9.2`.
  private static final Pattern ARM64 = Pattern.compile("v([89])(?:\\.([0-9]))?");

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

  /// Parse `linux/arm/v7`, `linux/amd64`, an architecture alone or `linux` alone.
  ///
  /// @throws ImageException where it has no such form
  public static PlatformMatch parse(String text) throws ImageException {
    String[] parts = text.split("/", -1);
    for (String part : parts) {
      if (!part.matches("[A-Za-z0-9_.-]+")) {
        throw invalid(text, "");
      }
    }
    return switch (parts.length) {
      case 1 -> alone(text);
      case 2 -> of(Platform.of(parts[0], parts[1], null));
      case 3 -> of(Platform.of(parts[0], parts[1], parts[2]));
      default -> throw invalid(text, "");
    };
  }

  private static PlatformMatch alone(String text) throws ImageException {
    if (text.equalsIgnoreCase("linux")) {
      return host();
    }
    var match = of(Platform.of("linux", text, null));
    if (!ARCHITECTURES.contains(match.wanted.architecture())) {
      throw invalid(text, ": unknown operating system or architecture");
    }
    return match;
  }

  private static ImageException invalid(String text, String why) {
    return new ImageException(
        Category.INVALID,
        "invalid platform \"" + text + "\"" + why,
        "a platform is written as linux/amd64 or linux/arm/v7");
  }

  /// Return the platform that is asked for.
  public Platform platform() {
    return wanted;
  }

  /// Return the manifest that fits best; the first of several.
  public Optional<Descriptor> best(List<Descriptor> manifests) {
    return candidates(manifests).stream().filter(PlatformMatch::isSaid).findFirst();
  }

  /// Return the manifests and indexes that may fit, the best first: those of a platform that fits,
  /// then those that do not say theirs. Others know no other kinds of documents either.
  public List<Descriptor> candidates(List<Descriptor> manifests) {
    var known = manifests.stream().filter(PlatformMatch::isKnown).toList();
    var candidates = new LinkedHashSet<Descriptor>();
    for (var choice : choices()) {
      for (var manifest : known) {
        var platform = manifest.platform();
        if (platform != null && isSaid(manifest) && normal(platform).equals(normal(choice))) {
          candidates.add(manifest);
        }
      }
    }
    known.stream().filter(manifest -> !isSaid(manifest)).forEach(candidates::add);
    return List.copyOf(candidates);
  }

  private static boolean isKnown(Descriptor manifest) {
    String type = manifest.mediaType();
    return MediaTypes.isManifest(type) || MediaTypes.isIndex(type);
  }

  /// Tell whether an index says what a manifest is for.
  public static boolean isSaid(Descriptor manifest) {
    var platform = manifest.platform();
    return platform != null && !platform.isEmpty();
  }

  /// Tell whether an image for a platform fits; one that does not say is taken for this machine's.
  public boolean fits(Platform platform) {
    var meant =
        platform.architecture().isEmpty()
            ? Platform.of(platform.os(), host().wanted.architecture(), platform.variant())
            : platform;
    return choices().stream().anyMatch(choice -> normal(choice).equals(normal(meant)));
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
      older(variant == null ? "" : variant).forEach(v -> choices.add(arm64(v)));
      for (int arm = 8; arm >= 5; arm--) {
        choices.add(Platform.of(wanted.os(), "arm", "v" + arm));
      }
    }
    return choices;
  }

  private Platform arm64(String variant) {
    return Platform.of(wanted.os(), "arm64", variant);
  }

  /// List what a variant of arm64 runs too: v9.x has all of v8.(x+5), as platformVector says.
  private static List<String> older(String variant) {
    var older = new ArrayList<String>();
    var matcher = ARM64.matcher(variant);
    if (matcher.matches()) {
      int minor = matcher.group(2) == null ? 0 : Integer.parseInt(matcher.group(2));
      boolean nine = matcher.group(1).equals("9");
      for (int v = minor - 1; nine && v >= 0; v--) {
        older.add("v9." + v);
      }
      for (int v = nine ? minor + 5 : minor - 1; v >= 0; v--) {
        older.add("v8." + v);
      }
    }
    return older;
  }

  /// Write a platform in one way, without the variants that are meant anyway: normalizeArch.
  private static Platform normal(Platform platform) {
    String architecture = platform.architecture().toLowerCase(Locale.ROOT);
    String variant = platform.variant() == null ? "" : platform.variant().toLowerCase(Locale.ROOT);
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
        variant =
            switch (variant) {
              case "8", "v8", "v8.0" -> "";
              case "9", "9.0", "v9.0" -> "v9";
              default -> variant;
            };
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
    String os = platform.os().isEmpty() ? "linux" : platform.os().toLowerCase(Locale.ROOT);
    return Platform.of(os, architecture, emptyToNull(variant));
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
