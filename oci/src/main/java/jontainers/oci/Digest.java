package jontainers.oci;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/// The name of content: `sha256:` or `sha512:` and lower-case hexadecimal digits.
///
/// Source: "Digests" of the OCI image specification, descriptor.md. Other algorithms are not
/// registered there, and content named by one cannot be verified.
///
/// @param hex as many digits as the algorithm has
public record Digest(Algorithm algorithm, String hex) implements Comparable<Digest> {
  /// The registered algorithms.
  public enum Algorithm {
    SHA256("SHA-256", 64),
    SHA512("SHA-512", 128);

    private final String javaName;
    private final int digits;

    Algorithm(String javaName, int digits) {
      this.javaName = javaName;
      this.digits = digits;
    }

    /// Return its name in digests and paths: `sha256`.
    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }

    /// Return a new computation of this algorithm; for one thread at a time.
    public MessageDigest computation() {
      try {
        return MessageDigest.getInstance(javaName);
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every JDK has " + javaName, e);
      }
    }

    private static Optional<Algorithm> of(String id) {
      for (var algorithm : values()) {
        if (algorithm.id().equals(id)) {
          return Optional.of(algorithm);
        }
      }
      return Optional.empty();
    }
  }

  /// Check the digits.
  ///
  /// @throws OciFormatException where they are not those of the algorithm
  public Digest {
    if (hex.length() != algorithm.digits || !isLowerHex(hex)) {
      throw new OciFormatException(
          "digest "
              + algorithm.id()
              + ":"
              + hex
              + " is not valid: "
              + algorithm.id()
              + " has "
              + algorithm.digits
              + " digits of 0-9a-f");
    }
  }

  /// Parse `sha256:…`.
  ///
  /// @throws OciFormatException where it is not a digest, or of an algorithm that is not known
  public static Digest parse(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw new OciFormatException(
          "digest " + text + " is not valid: an algorithm and a colon come first, as in sha256:…");
    }
    var algorithm =
        Algorithm.of(text.substring(0, colon))
            .orElseThrow(() ->
                new OciFormatException(
                    "digest " + text + " has an algorithm other than sha256 and sha512"));
    return new Digest(algorithm, text.substring(colon + 1));
  }

  /// Finish a computation of this algorithm.
  public static Digest of(Algorithm algorithm, MessageDigest computation) {
    return new Digest(algorithm, HexFormat.of().formatHex(computation.digest()));
  }

  /// Compute the sha256 of bytes.
  public static Digest of(byte[] content) {
    var computation = Algorithm.SHA256.computation();
    computation.update(content);
    return of(Algorithm.SHA256, computation);
  }

  private static boolean isLowerHex(String hex) {
    return hex.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
  }

  /// By algorithm, then by digits.
  @Override
  public int compareTo(Digest other) {
    int byAlgorithm = algorithm.compareTo(other.algorithm);
    return byAlgorithm != 0 ? byAlgorithm : hex.compareTo(other.hex);
  }

  /// As it stands in documents.
  @Override
  public String toString() {
    return algorithm.id() + ":" + hex;
  }
}
