package jontainers.cli.oci;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import jontainers.linux.Fd;

/// Descriptors of the caller that a program is given, from 3 upwards: `--preserve-fds`.
///
/// Owns duplicates with high numbers, since a JVM opens files of its own.
record Preserved(List<Fd> descriptors) implements AutoCloseable {
  private static final int FIRST = 3;
  private static final int ABOVE = 300;
  private static final int MOST = 80;

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
    var kept = new ArrayList<Fd>();
    for (int number = FIRST; number < FIRST + count; number++) {
      try {
        kept.add(Fd.duplicate(number, ABOVE));
      } catch (IOException e) {
        kept.forEach(Fd::close);
        throw new FlagException("please check that preserved-fd " + number + " is open");
      }
    }
    return new Preserved(kept);
  }

  @Override
  public void close() {
    descriptors.forEach(Fd::close);
  }
}
