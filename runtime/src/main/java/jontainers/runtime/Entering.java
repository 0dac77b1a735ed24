package jontainers.runtime;

import java.util.Set;
import jontainers.runtime.step.NamespaceKind;

/// Which namespaces of a process are entered, whose pidfd is passed first.
record Entering(Set<NamespaceKind> kinds, int pid) {
  Entering {
    kinds = Set.copyOf(kinds);
  }
}
