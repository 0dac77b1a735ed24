package jontainers.cli.oci;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import jontainers.linux.Fd;
import jontainers.runtime.Creation;

/// Descriptors of the caller that a program is given, from 3 upwards: `--preserve-fds`.
///
/// Owns duplicates with high numbers, since a JVM opens files of its own. What the caller had open
/// is known from the launcher: by now a number may be a file of the JVM.
record Preserved(List<Fd> descriptors) implements AutoCloseable {
  private static final int FIRST = 3;
  private static final int ABOVE = 300;
  private static final int MOST = Creation.MOST_PRESERVED;

  /// The numbers that were open when the command began, with commas between.
  private static final String PROPERTY = "jontainers.descriptors";

  Preserved {
    descriptors = List.copyOf(descriptors);
  }

  /// Take hold of so many.
  ///
  /// @throws FlagException where one is not open
  static Preserved take(long count) throws FlagException {
    if (count < 0 || count > MOST) {
      throw new FlagException(
          "preserve-fds: 0 to " + MOST + " descriptors can be passed on, not " + count);
    }
    if (count == 0) {
      return new Preserved(List.of());
    }
    var open = Set.of(System.getProperty(PROPERTY, "").split(","));
    for (int number = FIRST; number < FIRST + count; number++) {
      if (!open.contains(Integer.toString(number))) {
        throw new FlagException("please check that preserved-fd " + number + " is open");
      }
    }
    return duplicates(count);
  }

  private static Preserved duplicates(long count) throws FlagException {
    var kept = new ArrayList<Fd>();
    try {
      for (int number = FIRST; number < FIRST + count; number++) {
        kept.add(Fd.duplicate(number, ABOVE));
      }
      return new Preserved(kept);
    } catch (IOException e) {
      kept.forEach(Fd::close);
      throw new FlagException("preserve-fds: " + e.getMessage());
    }
  }

  @Override
  public void close() {
    descriptors.forEach(Fd::close);
  }
}
