package jontainers.runtime;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import jontainers.oci.DeviceRule;
import jontainers.runtime.systemd.Property;
import jontainers.runtime.systemd.Value;
import org.jspecify.annotations.Nullable;

/// From device rules to `DevicePolicy` and `DeviceAllow` of a unit, for cgroup version 1; pure.
///
/// There systemd writes the device rules of its units itself whenever it looks after them, and
/// would allow everything to one without such properties. It knows what is allowed and no
/// exceptions of it, so that a rule which denies a part of what is allowed is in the cgroup's files
/// alone.
final class UnitDevices {
  private UnitDevices() {}

  /// Decide on the properties; none where nothing is said of devices.
  static List<Property> of(List<DeviceRule> rules) {
    if (rules.isEmpty()) {
      return List.of();
    }
    SequencedSet<Value> allowed = new LinkedHashSet<>();
    boolean all = true;
    for (var rule : rules) {
      String type = rule.type() == null ? "a" : rule.type();
      if (type.equals("a")) {
        all = rule.allow();
        allowed.clear();
      } else if (rule.allow()) {
        allowed.add(entry(type, rule));
      } else {
        allowed.remove(entry(type, rule));
      }
    }
    return List.of(
        new Property("DevicePolicy", new Value.Text(all ? "auto" : "strict")),
        new Property(
            "DeviceAllow", new Value.ListOf("(ss)", all ? List.of() : new ArrayList<>(allowed))));
  }

  private static Value entry(String type, DeviceRule rule) {
    String kind = type.equals("b") ? "block" : "char";
    String node =
        isAny(rule.major())
            ? kind + "-*"
            : isAny(rule.minor())
                ? kind + "-" + rule.major()
                : "/dev/" + kind + "/" + rule.major() + ":" + rule.minor();
    return Value.struct(
        new Value.Text(node), new Value.Text(rule.access() == null ? "rwm" : rule.access()));
  }

  private static boolean isAny(@Nullable Long number) {
    return number == null || number < 0;
  }
}
