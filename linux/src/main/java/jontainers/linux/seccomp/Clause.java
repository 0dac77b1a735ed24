package jontainers.linux.seccomp;

import java.util.List;

/// A conjunction of comparisons and what is answered where it holds.
record Clause(List<Argument> arguments, Action action) {}
