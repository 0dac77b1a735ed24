package jontainers.engine;

import java.util.Optional;
import java.util.regex.Pattern;
import jontainers.oci.DeviceRule;
import org.jspecify.annotations.Nullable;

/// Rules of the devices cgroup as Docker spells them: Documentation/admin-guide/cgroup-v1/devices.
final class DeviceRules {
  private static final Pattern RULE =
      Pattern.compile("([acb]) ([0-9]{1,9}|\\*):([0-9]{1,9}|\\*) ([rwm]{1,3})");

  private DeviceRules() {}

  /// Read `c 42:* rwm`; empty for anything else.
  static Optional<DeviceRule> parse(String text) {
    var matcher = RULE.matcher(text);
    return matcher.matches()
        ? Optional.of(
            new DeviceRule(
                true,
                matcher.group(1),
                number(matcher.group(2)),
                number(matcher.group(3)),
                matcher.group(4)))
        : Optional.empty();
  }

  private static @Nullable Long number(String text) {
    return text.equals("*") ? null : Long.valueOf(text);
  }
}
