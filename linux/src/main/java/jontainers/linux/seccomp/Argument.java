package jontainers.linux.seccomp;

/// A comparison of one argument of a call.
///
/// @param index 0 to 5
/// @param value unsigned; the mask of `SCMP_CMP_MASKED_EQ`
/// @param valueTwo unsigned; what the masked argument is compared with
public record Argument(int index, Operator operator, long value, long valueTwo) {
  static final int COUNT = 6;

  public Argument {
    if (index < 0 || index >= COUNT) {
      throw new IllegalArgumentException("a system call has no argument " + index);
    }
  }

  /// Compare with one value.
  public Argument(int index, Operator operator, long value) {
    this(index, operator, value, 0);
  }
}
