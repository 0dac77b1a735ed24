package jontainers.linux.seccomp;

/// How an argument is compared, unsigned, as profiles name it (config-linux.md, "Seccomp").
public enum Operator {
  SCMP_CMP_NE,
  SCMP_CMP_LT,
  SCMP_CMP_LE,
  SCMP_CMP_EQ,
  SCMP_CMP_GE,
  SCMP_CMP_GT,
  SCMP_CMP_MASKED_EQ;

  /// Find an operator by its name.
  ///
  /// @throws IllegalArgumentException where nobody knows the name
  public static Operator parse(String name) {
    for (var operator : values()) {
      if (operator.name().equals(name)) {
        return operator;
      }
    }
    throw new IllegalArgumentException("no such seccomp operator: " + name);
  }
}
