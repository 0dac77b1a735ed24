package jontainers.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Subjects that do the same, measured in rounds; in each round every subject has one turn, in an
/// order that is shuffled: runc's clean-up of a network namespace taxes whoever follows.
///
/// @param warmup rounds that do not count
record Case(String name, List<Subject> subjects, int warmup, int rounds) {
  Case {
    subjects = List.copyOf(subjects);
  }

  /// Return the samples by subject, ours first.
  Map<String, Samples> measure(Random random) throws Exception {
    Map<String, Samples> samples = new LinkedHashMap<>();
    subjects.forEach(subject -> samples.put(subject.name(), new Samples()));
    for (int round = -warmup; round < rounds; round++) {
      var order = new ArrayList<>(subjects);
      Collections.shuffle(order, random);
      for (var subject : order) {
        long before = System.nanoTime();
        subject.run();
        long after = System.nanoTime();
        if (round >= 0) {
          samples.getOrDefault(subject.name(), new Samples()).add(after - before);
        }
      }
    }
    return samples;
  }
}
