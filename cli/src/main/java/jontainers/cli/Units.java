package jontainers.cli;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Duration;

/// Times and sizes in Docker's words: github.com/docker/go-units.
final class Units {
  private static final String[] DECIMAL = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  private static final int DIGITS = 3;

  private Units() {}

  /// Return how long something took, roughly: HumanDuration.
  static String age(Duration age) {
    long seconds = Math.max(0, age.toSeconds());
    if (seconds < 1) {
      return "Less than a second";
    }
    if (seconds < 60) {
      return seconds + (seconds == 1 ? " second" : " seconds");
    }
    long minutes = seconds / 60;
    if (minutes < 60) {
      return minutes == 1 ? "About a minute" : minutes + " minutes";
    }
    long hours = Math.round(minutes / 60.0);
    if (hours == 1) {
      return "About an hour";
    }
    if (hours < 48) {
      return hours + " hours";
    }
    if (hours < 24 * 7 * 2) {
      return hours / 24 + " days";
    }
    if (hours < 24 * 30 * 2) {
      return hours / 24 / 7 + " weeks";
    }
    if (hours < 24 * 365 * 2) {
      return hours / 24 / 30 + " months";
    }
    return hours / 24 / 365 + " years";
  }

  /// Return a number of bytes with three digits, in powers of a thousand: HumanSizeWithPrecision.
  static String size(long bytes) {
    return size(bytes, DIGITS);
  }

  /// Return a number of bytes with some digits, in powers of a thousand.
  static String size(long bytes, int digits) {
    double value = bytes;
    int unit = 0;
    while (value >= 1000 && unit < DECIMAL.length - 1) {
      value /= 1000;
      unit++;
    }
    var rounded = new BigDecimal(value).round(new MathContext(digits, RoundingMode.HALF_EVEN));
    String text = rounded.stripTrailingZeros().toPlainString();
    return text + DECIMAL[unit];
  }
}
