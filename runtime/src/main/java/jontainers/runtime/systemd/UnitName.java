package jontainers.runtime.systemd;

import java.util.regex.Pattern;

/// A unit that holds processes or other units, and the slice that it is in: systemd.unit(5),
/// systemd.slice(5).
///
/// @param slice such as `machine.slice`; `-.slice` is the root
/// @param unit such as `libpod-1234.scope`, or a slice
public record UnitName(String slice, String unit) {
  private static final String SLICE = ".slice";
  private static final Pattern VALID = Pattern.compile("[A-Za-z0-9:_.\\\\@-]{1,255}");

  public UnitName {
    directories(slice);
    if (!VALID.matcher(unit).matches()) {
      throw new IllegalArgumentException(
          "not the name of a unit: \""
              + unit
              + "\"; it has letters, digits and :_.\\@- and up to 255 of them");
    }
    if (unit.endsWith(SLICE)) {
      directories(unit);
    }
  }

  /// Read `slice:prefix:name`, the form of `cgroupsPath` for systemd.
  ///
  /// @param path empty for a unit that is named by the other parameters
  /// @param standard the slice of a unit that names none
  /// @param prefix that of a unit that is named by nobody
  /// @param name its name
  /// @throws IllegalArgumentException for another form, with what it should be
  public static UnitName parse(String path, String standard, String prefix, String name) {
    if (path.isEmpty()) {
      return new UnitName(standard, unit(prefix, name));
    }
    String[] parts = path.split(":", -1);
    if (parts.length != 3) {
      throw new IllegalArgumentException(
          "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \""
              + path
              + "\" instead");
    }
    String slice =
        switch (parts[0]) {
          case "" -> standard;
          case "-" -> "-.slice";
          default -> parts[0];
        };
    return new UnitName(slice, unit(parts[1], parts[2]));
  }

  private static String unit(String prefix, String name) {
    return name.endsWith(SLICE) ? name : prefix + "-" + name + ".scope";
  }

  /// Tell whether this is a slice, which has units below it and no processes.
  public boolean isSlice() {
    return unit.endsWith(SLICE);
  }

  /// Return its cgroup below that of systemd itself, beginning with a slash.
  public String cgroup() {
    return isSlice() ? directories(unit) : directories(slice) + "/" + unit;
  }

  /// Each dash leads one level down: `a-b.slice` lies in `a.slice`.
  private static String directories(String slice) {
    if (slice.equals("-" + SLICE)) {
      return "";
    }
    if (!VALID.matcher(slice).matches() || !slice.endsWith(SLICE)) {
      throw invalid(slice);
    }
    var path = new StringBuilder();
    var name = new StringBuilder();
    for (String part : slice.substring(0, slice.length() - SLICE.length()).split("-", -1)) {
      if (part.isEmpty()) {
        throw invalid(slice);
      }
      name.append(name.isEmpty() ? "" : "-").append(part);
      path.append('/').append(name).append(SLICE);
    }
    return path.toString();
  }

  private static IllegalArgumentException invalid(String slice) {
    return new IllegalArgumentException("invalid slice name: \"" + slice + "\"");
  }
}
