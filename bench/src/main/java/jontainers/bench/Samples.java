package jontainers.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/// Times of one subject in one case, in nanoseconds, by round. Confined to one thread.
final class Samples {
  private final TreeMap<Integer, Long> nanos = new TreeMap<>();

  void add(int round, long value) {
    nanos.put(round, value);
  }

  /// Add a time of the next round.
  void add(long value) {
    add(nanos.size(), value);
  }

  int count() {
    return nanos.size();
  }

  double medianMillis() {
    return quantile(millis(), 0.5);
  }

  double p90Millis() {
    return quantile(millis(), 0.9);
  }

  /// Return the median of the ratios in the rounds that both took part in: what drifts in both
  /// cancels out.
  double pairedRatio(Samples other) {
    var ratios = new ArrayList<Double>();
    nanos.forEach((round, value) -> {
      Long theirs = other.nanos.get(round);
      if (theirs != null) {
        ratios.add((double) value / theirs);
      }
    });
    return quantile(ratios, 0.5);
  }

  private List<Double> millis() {
    return nanos.values().stream().map(n -> n / 1e6).toList();
  }

  /// Return the value below which a share of the values lies, between two neighbours in proportion.
  static double quantile(List<Double> values, double share) {
    if (values.isEmpty()) {
      return Double.NaN;
    }
    var sorted = values.stream().sorted().toList();
    double position = share * (sorted.size() - 1);
    int below = (int) position;
    int above = Math.min(below + 1, sorted.size() - 1);
    return sorted.get(below) + (position - below) * (sorted.get(above) - sorted.get(below));
  }
}
