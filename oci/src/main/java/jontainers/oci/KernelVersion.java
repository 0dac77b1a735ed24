package jontainers.oci;

import java.util.Comparator;

/// The first two numbers of a kernel's release (uname(2)).
public record KernelVersion(int major, int minor) implements Comparable<KernelVersion> {
  private static final Comparator<KernelVersion> ORDER =
      Comparator.comparingInt(KernelVersion::major).thenComparingInt(KernelVersion::minor);

  /// Read a release such as `6.18.44-generic` or a version such as `4.8`.
  ///
  /// @throws OciFormatException where it does not begin with two numbers
  public static KernelVersion parse(String release) {
    int dot = digits(release, 0);
    if (dot > 0 && dot < release.length() && release.charAt(dot) == '.') {
      int end = digits(release, dot + 1);
      if (end > dot + 1) {
        return new KernelVersion(
            Integer.parseInt(release.substring(0, dot)),
            Integer.parseInt(release.substring(dot + 1, end)));
      }
    }
    throw new OciFormatException("not a kernel version: " + release);
  }

  @Override
  public int compareTo(KernelVersion other) {
    return ORDER.compare(this, other);
  }

  private static int digits(String text, int from) {
    int at = from;
    while (at < text.length() && at - from < 9 && Character.digit(text.charAt(at), 10) >= 0) {
      at++;
    }
    return at;
  }
}
