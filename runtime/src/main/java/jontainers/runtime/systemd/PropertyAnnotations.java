package jontainers.runtime.systemd;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// Properties of a unit that a configuration names itself: annotations `org.systemd.property.NAME`,
/// as runc and crun take them.
public final class PropertyAnnotations {
  /// What such an annotation begins with.
  public static final String PREFIX = "org.systemd.property.";

  private static final Pattern NAME = Pattern.compile("[A-Za-z]{3,}");

  private PropertyAnnotations() {}

  /// Read those among annotations, in their order.
  ///
  /// A property that is a time in seconds, `TimeoutStopSec`, is given to systemd in microseconds.
  ///
  /// @throws IllegalArgumentException for one that cannot be read, with its name
  public static List<Property> of(Map<String, String> annotations) {
    var properties = new ArrayList<Property>();
    annotations.forEach((key, text) -> {
      if (key.startsWith(PREFIX)) {
        properties.add(property(key, text));
      }
    });
    return List.copyOf(properties);
  }

  private static Property property(String key, String text) {
    String name = key.substring(PREFIX.length());
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("annotation " + key + ": not the name of a property");
    }
    try {
      var value = PropertyText.parse(text);
      return name.endsWith("Sec") && !name.endsWith("USec")
          ? new Property(name.substring(0, name.length() - 3) + "USec", microseconds(value))
          : new Property(name, value);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("annotation " + key + ": " + e.getMessage(), e);
    }
  }

  private static Value.Uint64 microseconds(Value seconds) {
    double number =
        switch (seconds) {
          case Value.Octet value -> value.value() & 0xff;
          case Value.Int16 value -> value.value();
          case Value.Uint16 value -> value.value() & 0xffff;
          case Value.Int32 value -> value.value();
          case Value.Uint32 value -> value.value() & 0xffffffffL;
          case Value.Int64 value -> value.value();
          case Value.Uint64 value -> value.value();
          case Value.Real value -> value.value();
          default -> throw new IllegalArgumentException("a number of seconds is expected");
        };
    return number < 0 ? Value.Uint64.INFINITY : new Value.Uint64((long) (number * 1_000_000));
  }
}
