package jontainers.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import jontainers.linux.Capability;
import jontainers.oci.Capabilities;
import jontainers.oci.Process;

/// What a process asks for and cannot be given. The specification wants a warning (config.md, Linux
/// Process, `capabilities`), and runc gives one.
public final class IgnoredCapabilities {
  private IgnoredCapabilities() {}

  /// Return the warnings, in runc's words where it has some.
  public static List<String> of(Process process) {
    var sets = process.capabilities() == null ? Capabilities.NONE : process.capabilities();
    var warnings = new ArrayList<String>();
    var all = new TreeSet<String>();
    for (var set :
        List.of(
            sets.bounding(),
            sets.effective(),
            sets.permitted(),
            sets.inheritable(),
            sets.ambient())) {
      all.addAll(set);
    }
    var unknown = Capability.unknown(all);
    if (!unknown.isEmpty()) {
      warnings.add("ignoring unknown or unavailable capabilities: " + unknown);
    }
    var never = new ArrayList<>(sets.ambient());
    never.removeAll(unknown);
    never.removeIf(n -> sets.permitted().contains(n) && sets.inheritable().contains(n));
    if (!never.isEmpty()) {
      warnings.add(
          "ignoring ambient capabilities that are not permitted and inheritable: " + never);
    }
    return warnings;
  }
}
