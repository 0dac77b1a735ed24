package jontainers.bench;

import java.util.ArrayList;
import java.util.List;

/// Times of one subject in one case, in nanoseconds. Confined to one thread.
final class Samples {
  private final List<Long> nanos = new ArrayList<>();

  void add(long value) {
    nanos.add(value);
  }

  int count() {
    return nanos.size();
  }

  double medianMillis() {
    return quantile(nanos.stream().map(n -> n / 1e6).toList(), 0.5);
  }

  double p90Millis() {
    return quantile(nanos.stream().map(n -> n / 1e6).toList(), 0.9);
  }

  /// Return the median of the ratios, round by round: what drifts in both cancels out.
  double pairedRatio(Samples other) {
    var ratios = new ArrayList<Double>();
    for (int i = 0; i < Math.min(nanos.size(), other.nanos.size()); i++) {
      ratios.add((double) nanos.get(i) / other.nanos.get(i));
    }
    return quantile(ratios, 0.5);
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
