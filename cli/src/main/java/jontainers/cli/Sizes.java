package jontainers.cli;

import java.util.regex.Pattern;

/// Sizes as Docker spells them: `64m`, `1.5g`, `4096`, `10kb`; units are powers of 1024.
final class Sizes {
  private static final Pattern SIZE =
      Pattern.compile("(\\d{1,18}(?:\\.\\d{1,9})?) ?([kmgtp]?)i?b?");
  private static final String UNITS = "kmgtp";

  private Sizes() {}

  /// Read a size in bytes.
  ///
  /// @param option what it is for, to be named in an error
  static long bytes(String option, String text) throws UsageException {
    var matcher = SIZE.matcher(text.toLowerCase(java.util.Locale.ROOT));
    if (!matcher.matches()) {
      throw new UsageException(
          "invalid size for " + option + ": \"" + text + "\"", "write it as 64m or 1.5g");
    }
    double value = Double.parseDouble(matcher.group(1));
    String unit = matcher.group(2);
    double bytes = unit.isEmpty() ? value : value * Math.pow(1024, UNITS.indexOf(unit) + 1);
    if (bytes >= Long.MAX_VALUE) {
      throw new UsageException("the size for " + option + " is too large: " + text, "");
    }
    return matcher.group(1).contains(".") || !unit.isEmpty()
        ? (long) bytes
        : Long.parseLong(matcher.group(1));
  }

  /// Read a size, or -1 for none.
  static long bytesOrUnlimited(String option, String text) throws UsageException {
    return text.equals("-1") ? -1 : bytes(option, text);
  }
}
