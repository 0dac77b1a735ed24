package jontainers.image.name;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jontainers.image.ImageException;
import jontainers.image.ImageException.Category;
import jontainers.linux.RawText;
import jontainers.oci.JsonTree;
import jontainers.oci.OciFormatException;
import org.jspecify.annotations.Nullable;

/// Which registries are asked, and how: a file in the spirit of registries.conf(5), in JSON.
///
/// ```
/// {
///   "defaultRegistry": "docker.io",
///   "registries": [
///     {"prefix": "docker.io", "mirrors": ["mirror.local:5000"]},
///     {"prefix": "quay.io/team", "mirrors": ["cache.local/quay/team"]},
///     {"prefix": "registry.local:5000", "insecure": true},
///     {"prefix": "mirror.local:5000", "caFile": "/etc/ssl/local.pem"}
///   ]
/// }
/// ```
///
/// `prefix` is a registry, or a registry and the first parts of a repository; the longest one that
/// fits counts. A mirror takes the place of the prefix and is asked before it, for pulls alone.
/// `insecure` allows plain HTTP and certificates that nobody vouches for, for a whole registry and
/// never for a part of one: a connection has no repository. `caFile` has certificates in PEM that
/// are trusted beside the JDK's.
///
/// @param defaultRegistry for names without one
public record RegistryConfig(String defaultRegistry, List<Registry> registries) {
  /// Nothing but Docker's default.
  public static final RegistryConfig EMPTY = new RegistryConfig(Reference.DOCKER, List.of());

  public RegistryConfig {
    registries = List.copyOf(registries);
  }

  /// What is said of the names with a prefix.
  ///
  /// @param mirrors asked first, in this order
  /// @param caFile absent for the JDK's certificates alone
  public record Registry(
      String prefix, List<String> mirrors, boolean insecure, @Nullable Path caFile) {
    public Registry {
      mirrors = List.copyOf(mirrors);
    }
  }

  /// A place to have a repository from.
  ///
  /// @param domain the registry
  /// @param path the repository there
  public record Place(String domain, String path) {}

  /// Read a file; where it is missing, this is [#EMPTY].
  ///
  /// @throws ImageException with all that is wrong with it
  public static RegistryConfig read(Path file) throws ImageException {
    try {
      return parse(Files.readString(file), file.toString());
    } catch (NoSuchFileException _) {
      return EMPTY;
    } catch (CharacterCodingException _) {
      throw invalid(file.toString(), List.of("is not UTF-8"));
    } catch (IOException e) {
      throw new ImageException(Category.INTERNAL, "cannot read " + file, "", e);
    }
  }

  /// Read the text of a file.
  ///
  /// @param name of the file, for messages
  public static RegistryConfig parse(String json, String name) throws ImageException {
    @Nullable Object tree;
    try {
      tree = JsonTree.parse(json);
    } catch (OciFormatException e) {
      throw invalid(name, List.of("is not valid JSON: " + e.getMessage()));
    }
    var reading = new Reading();
    var config = reading.config(tree);
    if (!reading.problems.isEmpty()) {
      throw invalid(name, reading.problems);
    }
    return config;
  }

  private static ImageException invalid(String name, List<String> problems) {
    return new ImageException(Category.INVALID, name + ": " + String.join("; ", problems), "");
  }

  /// Add a registry that may speak plain HTTP, as the flag of a command asks.
  public RegistryConfig withInsecure(String domain) {
    var all = new ArrayList<>(registries);
    all.add(new Registry(docker(domain), List.of(), true, null));
    return new RegistryConfig(defaultRegistry, all);
  }

  /// Trust the certificates of a file for a registry, too, as the flag of a command asks.
  public RegistryConfig withCaFile(String domain, Path file) {
    var all = new ArrayList<>(registries);
    all.add(new Registry(docker(domain), List.of(), false, file));
    return new RegistryConfig(defaultRegistry, all);
  }

  /// Parse a name with the default registry of this.
  public Reference reference(String text) throws ImageException {
    return Reference.parse(text, defaultRegistry);
  }

  /// Return where a repository is pulled from: its mirrors, at last the registry itself.
  public List<Place> places(Reference reference) {
    var places = new ArrayList<Place>();
    var registry = longest(reference.repository());
    if (registry != null) {
      String rest = reference.repository().substring(registry.prefix.length());
      for (String mirror : registry.mirrors) {
        String name = mirror + rest;
        int slash = name.indexOf('/');
        if (slash >= 0) { // else the prefix is all of the name, and the mirror has no repository
          places.add(new Place(name.substring(0, slash), name.substring(slash + 1)));
        }
      }
    }
    places.add(new Place(reference.domain(), reference.path()));
    return List.copyOf(places);
  }

  /// Tell whether a registry may speak plain HTTP or show a certificate that nobody vouches for.
  public boolean isInsecure(String domain) {
    return registries.stream().anyMatch(r -> r.insecure && r.prefix.equals(domain));
  }

  /// Return the certificates to trust for a registry beside the JDK's.
  public List<Path> caFiles(String domain) {
    var files = new ArrayList<Path>();
    for (var registry : registries) {
      if (registry.caFile != null && covers(registry.prefix, domain)) {
        files.add(registry.caFile);
      }
    }
    return List.copyOf(files);
  }

  /// Name Docker's registry as [Reference] does.
  private static String docker(String name) {
    boolean other = name.equals("index.docker.io") || name.startsWith("index.docker.io/");
    return other ? name.substring("index.".length()) : name;
  }

  private static boolean covers(String prefix, String domain) {
    return prefix.equals(domain) || prefix.startsWith(domain + "/");
  }

  private @Nullable Registry longest(String repository) {
    Registry longest = null;
    for (var registry : registries) {
      boolean fits =
          repository.startsWith(registry.prefix + "/") || repository.equals(registry.prefix);
      // of equals the first, since what withInsecure and withCaFile add has no mirrors
      if (fits && (longest == null || registry.prefix.length() > longest.prefix.length())) {
        longest = registry;
      }
    }
    return longest;
  }

  /// Reads the tree and collects what is wrong.
  private static final class Reading {
    private final List<String> problems = new ArrayList<>();

    RegistryConfig config(@Nullable Object tree) {
      var fields = object(tree, "the document", Set.of("defaultRegistry", "registries"));
      String name = text(fields.get("defaultRegistry"), "defaultRegistry");
      require(name.isEmpty() || isHost(name), "defaultRegistry is no registry: " + name);
      var registries = new ArrayList<Registry>();
      var prefixes = new HashSet<String>();
      var list = list(fields.get("registries"), "registries");
      for (int i = 0; i < list.size(); i++) {
        var registry = registry(list.get(i), "registries[" + i + "]");
        require(
            registry.prefix.isEmpty() || prefixes.add(registry.prefix),
            "registries[" + i + "].prefix is there twice: " + registry.prefix);
        registries.add(registry);
      }
      return new RegistryConfig(name.isEmpty() ? Reference.DOCKER : name, registries);
    }

    private Registry registry(@Nullable Object tree, String place) {
      var fields = object(tree, place, Set.of("prefix", "mirrors", "insecure", "caFile"));
      String prefix = docker(text(fields.get("prefix"), place + ".prefix"));
      requireName(prefix, place + ".prefix");
      var mirrors = new ArrayList<String>();
      var list = list(fields.get("mirrors"), place + ".mirrors");
      for (int i = 0; i < list.size(); i++) {
        String field = place + ".mirrors[" + i + "]";
        String mirror = text(list.get(i), field);
        requireName(mirror, field);
        mirrors.add(mirror);
      }
      var insecure = fields.get("insecure");
      require(
          insecure == null || insecure instanceof Boolean,
          place + ".insecure is not true or false");
      require(
          !Boolean.TRUE.equals(insecure) || prefix.indexOf('/') < 0,
          place + ".insecure is for a whole registry and not for " + prefix);
      String caFile = text(fields.get("caFile"), place + ".caFile");
      return new Registry(
          prefix, mirrors, Boolean.TRUE.equals(insecure), path(caFile, place + ".caFile"));
    }

    private @Nullable Path path(String text, String place) {
      try {
        return text.isEmpty() ? null : RawText.path(text);
      } catch (InvalidPathException _) {
        problems.add(place + " is no path");
        return null;
      }
    }

    /// Require a registry, or one and the first parts of a repository.
    private void requireName(String name, String place) {
      int slash = name.indexOf('/');
      boolean is =
          slash < 0
              ? isHost(name)
              : isHost(name.substring(0, slash)) && isPath(name.substring(slash + 1));
      require(is, place + " is no registry" + (name.isEmpty() ? "" : ": " + name));
    }

    private static boolean isHost(String text) {
      return isReference("x", text);
    }

    /// The last part is there so that a colon or an at sign makes no tag and no digest.
    private static boolean isPath(String text) {
      return isReference("localhost/" + text + "/x", Reference.DOCKER);
    }

    private static boolean isReference(String text, String registry) {
      try {
        return !Reference.parse(text, registry).path().isEmpty();
      } catch (ImageException _) {
        return false;
      }
    }

    private Map<String, Object> object(@Nullable Object tree, String place, Set<String> known) {
      if (!(tree instanceof Map<?, ?> map)) {
        problems.add(place + " is not an object");
        return Map.of();
      }
      map.keySet().stream()
          .filter(key -> !known.contains(key))
          .forEach(key -> problems.add(place + " has an unknown field " + key));
      @SuppressWarnings("unchecked") // only read
      var fields = (Map<String, Object>) map;
      return fields;
    }

    private List<?> list(@Nullable Object tree, String place) {
      require(tree == null || tree instanceof List, place + " is not an array");
      return tree instanceof List<?> list ? list : List.of();
    }

    private String text(@Nullable Object tree, String place) {
      require(tree == null || tree instanceof String, place + " is not a string");
      return tree instanceof String text ? text : "";
    }

    private void require(boolean is, String problem) {
      if (!is) {
        problems.add(problem);
      }
    }
  }
}
