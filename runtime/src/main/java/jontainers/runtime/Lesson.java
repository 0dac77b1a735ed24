package jontainers.runtime;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import jontainers.runtime.step.Explanation;
import jontainers.runtime.step.NamespaceKind;
import jontainers.runtime.step.NamespaceStep;
import jontainers.runtime.step.Step;

/// Leave walls of a container out, to see what each keeps out.
///
/// A wall is a kind of step by its name, such as `load-seccomp`, or a namespace of the clone, such
/// as `pid-namespace`. What only builds the container, or would change the host when it is missing,
/// cannot be left out.
final class Lesson {
  private static final Map<String, NamespaceKind> NAMESPACES =
      new TreeMap<>(
          Map.of(
              "pid-namespace", NamespaceKind.PID,
              "ipc-namespace", NamespaceKind.IPC,
              "time-namespace", NamespaceKind.TIME));

  private Lesson() {}

  /// Return the steps that are left.
  ///
  /// @throws StartException where something is no wall of this container
  static List<Step> without(List<Step> steps, Set<String> walls) throws StartException {
    if (walls.isEmpty()) {
      return List.copyOf(steps);
    }
    var known = new LinkedHashSet<>(NAMESPACES.keySet());
    steps.stream()
        .filter(step -> Explanation.of(step).wall())
        .map(Explanation::name)
        .forEach(known::add);
    for (String wall : walls) {
      if (!known.contains(wall)) {
        throw new StartException(
            "\"" + wall + "\" is no wall of this container",
            "those that can be left out are " + String.join(", ", known));
      }
    }
    var left = new ArrayList<Step>();
    for (var step : steps) {
      if (!walls.contains(Explanation.name(step))) {
        left.add(step);
      }
    }
    return List.copyOf(left);
  }

  /// Return the clone with the namespaces that are left.
  static NamespaceStep.CloneProcess without(NamespaceStep.CloneProcess cloning, Set<String> walls) {
    var kinds = EnumSet.noneOf(NamespaceKind.class); // all may be joined
    kinds.addAll(cloning.namespaces());
    walls.forEach(wall -> kinds.remove(NAMESPACES.getOrDefault(wall, NamespaceKind.USER)));
    return new NamespaceStep.CloneProcess(kinds, cloning.birth());
  }
}
