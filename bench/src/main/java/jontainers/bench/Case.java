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
/// @param subjects ours first
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
        if (Math.floorMod(round, subject.every()) == 0) {
          turn(subject, round, samples.getOrDefault(subject.name(), new Samples()));
        }
      }
    }
    return samples;
  }

  private static void turn(Subject subject, int round, Samples samples) throws Exception {
    long before = System.nanoTime();
    subject.run();
    long after = System.nanoTime();
    if (round >= 0) {
      samples.add(round, after - before);
    }
  }
}
