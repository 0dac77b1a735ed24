package jontainers.image.name;

import java.util.regex.Pattern;
import jontainers.image.ImageException;
import jontainers.oci.Digest;
import jontainers.oci.OciFormatException;
import org.jspecify.annotations.Nullable;

/// The name of an image, complete: registry, repository, and a tag or a digest or both.
///
/// The grammar is that of github.com/distribution/reference, the defaults are Docker's: `busybox`
/// is `docker.io/library/busybox:latest`.
///
/// @param domain the registry, with a port where there is one: `docker.io`, `[::1]:5000`
/// @param path the repository: `library/busybox`
/// @param tag absent where a digest alone was given
public record Reference(String domain, String path, @Nullable String tag, @Nullable Digest digest) {
  /// The registry that a name without one means, as Docker has it.
  public static final String DOCKER = "docker.io";

  private static final String OFFICIAL = "library/";
  private static final String LATEST = "latest";

  /// Of the repository's name with the registry's: NameTotalLengthMax.
  private static final int LONGEST_NAME = 255;

  private static final String LABEL = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
  private static final Pattern DOMAIN =
      Pattern.compile("(?:" + LABEL + "(?:\\." + LABEL + ")*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?");

  /// Each part begins and ends with a letter or digit, so that no repetition is ambiguous.
  private static final Pattern PATH_PART = Pattern.compile("[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*");

  private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");
  private static final Pattern HEX_ID = Pattern.compile("[a-f0-9]{64}");

  /// Check the parts; whoever parses gets messages of its own.
  public Reference {
    if (tag == null && digest == null) {
      throw new IllegalArgumentException("neither tag nor digest");
    }
  }

  /// Parse a name, with Docker's registry where it has none.
  ///
  /// @throws ImageException where it is not one, saying which part
  public static Reference parse(String text) throws ImageException {
    return parse(text, DOCKER);
  }

  /// Parse a name.
  ///
  /// @param defaultDomain the registry where it has none
  /// @throws ImageException where it is not one, saying which part
  public static Reference parse(String text, String defaultDomain) throws ImageException {
    if (HEX_ID.matcher(text).matches()) {
      throw invalid(text, "64 hexadecimal digits are an id and not a name");
    }
    String name = text;
    Digest digest = null;
    int at = name.indexOf('@');
    if (at >= 0) {
      digest = digest(text, name.substring(at + 1));
      name = name.substring(0, at);
    }
    String tag = null;
    int colon = name.lastIndexOf(':');
    if (colon > name.lastIndexOf('/')) {
      tag = name.substring(colon + 1);
      name = name.substring(0, colon);
      if (!TAG.matcher(tag).matches()) {
        throw invalid(
            text, "tag " + quoted(tag) + " is not up to 128 letters, digits, '_', '.' and '-'");
      }
    }
    if (tag == null && digest == null) {
      tag = LATEST;
    }
    return named(text, name, defaultDomain, tag, digest);
  }

  private static Reference named(
      String text, String name, String defaultDomain, @Nullable String tag, @Nullable Digest digest)
      throws ImageException {
    int slash = name.indexOf('/');
    String first = slash < 0 ? "" : name.substring(0, slash);
    boolean hasDomain = slash >= 0 && isDomain(first);
    String domain = hasDomain ? first : defaultDomain;
    String path = hasDomain ? name.substring(slash + 1) : name;
    if (domain.equals("index.docker.io")) {
      domain = DOCKER;
    }
    if (!DOMAIN.matcher(domain).matches()) {
      throw invalid(text, "registry " + quoted(domain) + " is not a host");
    }
    for (String part : path.split("/", -1)) {
      requirePart(text, part);
    }
    if (domain.equals(DOCKER) && path.indexOf('/') < 0) {
      path = OFFICIAL + path;
    }
    if (domain.length() + 1 + path.length() > LONGEST_NAME) {
      throw invalid(text, "it is longer than " + LONGEST_NAME + " characters");
    }
    return new Reference(domain, path, tag, digest);
  }

  /// As splitDockerDomain: a first part is a registry if it looks like no name of a user.
  private static boolean isDomain(String first) {
    return first.indexOf('.') >= 0
        || first.indexOf(':') >= 0
        || first.equals("localhost")
        || first.chars().anyMatch(c -> c >= 'A' && c <= 'Z');
  }

  private static void requirePart(String text, String part) throws ImageException {
    if (part.isEmpty()) {
      throw invalid(text, text.isEmpty() ? "it is empty" : "a part of the repository is empty");
    }
    if (part.chars().anyMatch(c -> c >= 'A' && c <= 'Z')) {
      throw invalid(text, "repository " + quoted(part) + " has to be in lower case");
    }
    if (!isPart(part)) {
      throw invalid(
          text,
          "repository "
              + quoted(part)
              + " is not letters and digits with '.', '_', '__' or '-' between them");
    }
  }

  private static boolean isPart(String part) {
    return part.length() <= LONGEST_NAME && PATH_PART.matcher(part).matches();
  }

  private static Digest digest(String text, String digest) throws ImageException {
    try {
      return Digest.parse(digest);
    } catch (OciFormatException e) {
      throw invalid(text, String.valueOf(e.getMessage()));
    }
  }

  private static ImageException invalid(String text, String why) {
    return new ImageException(
        ImageException.Category.INVALID, "invalid image name " + quoted(text) + ": " + why, "");
  }

  private static String quoted(String text) {
    return "\"" + (text.length() > 300 ? text.substring(0, 299) + "…" : text) + "\"";
  }

  /// Return the same name with a digest instead of its tag.
  public Reference withDigest(Digest value) {
    return new Reference(domain, path, null, value);
  }

  /// Return the same name without its digest; it has a tag.
  public Reference withoutDigest() {
    return new Reference(domain, path, tag, null);
  }

  /// Return registry and repository: `docker.io/library/busybox`.
  public String repository() {
    return domain + "/" + path;
  }

  /// Return it as Docker shows it, without what is the default: `busybox:latest`. The registry is
  /// no default where the repository would be taken for another's: `docker.io/quay.io/x`.
  public String familiar() {
    String name = repository();
    int slash = path.indexOf('/');
    boolean clear = slash < 0 || !isDomain(path.substring(0, slash));
    if (domain.equals(DOCKER) && clear) {
      boolean official = path.startsWith(OFFICIAL) && path.indexOf('/', OFFICIAL.length()) < 0;
      name = official ? path.substring(OFFICIAL.length()) : path;
    }
    return name + suffix();
  }

  /// Return what a registry is asked for: the digest, or else the tag.
  public String selector() {
    return digest != null ? digest.toString() : String.valueOf(tag);
  }

  private String suffix() {
    return (tag == null ? "" : ":" + tag) + (digest == null ? "" : "@" + digest);
  }

  /// Return it in full.
  @Override
  public String toString() {
    return repository() + suffix();
  }
}
