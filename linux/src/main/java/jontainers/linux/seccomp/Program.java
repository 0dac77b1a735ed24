package jontainers.linux.seccomp;

import java.util.Arrays;

/// A filter as the kernel takes it: an array of `struct sock_filter` (bpf(4), linux/filter.h).
///
/// Eight bytes each, little-endian: u16 code, u8 jump if true, u8 jump if false, u32 operand. A
/// `struct sock_fprog` around it has the count and the address.
public final class Program {
  /// The most instructions the kernel takes (BPF_MAXINSNS).
  public static final int MAX_LENGTH = 4096;

  static final int INSTRUCTION_SIZE = 8;

  private final byte[] bytes;
  private final int flags;

  Program(byte[] bytes, int flags) {
    this.bytes = bytes;
    this.flags = flags;
  }

  /// Return the instructions.
  public byte[] bytes() {
    return bytes.clone();
  }

  /// Return how many instructions there are.
  public int length() {
    return bytes.length / INSTRUCTION_SIZE;
  }

  /// Return the flags for SECCOMP_SET_MODE_FILTER.
  public int flags() {
    return flags;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Program program
        && flags == program.flags
        && Arrays.equals(bytes, program.bytes);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(bytes) + flags;
  }

  @Override
  public String toString() {
    return "seccomp filter of " + length() + " instructions";
  }
}
