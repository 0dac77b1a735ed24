package jontainers.linux.seccomp;

import java.util.List;
import java.util.Optional;
import jontainers.linux.Arch;

/// The system call conventions that a filter can tell apart, by libseccomp's names.
///
/// A kernel serves its native convention and up to two older ones. `arch` in seccomp_data is the
/// AUDIT_ARCH_* value of include/uapi/linux/audit.h; x32 shares that of x86-64 and sets bit 30 of
/// the call's number (arch/x86/include/uapi/asm/unistd.h).
public enum Abi {
  X86_64("SCMP_ARCH_X86_64", 0xc000003e, 1),
  X86("SCMP_ARCH_X86", 0x40000003, 2),
  X32("SCMP_ARCH_X32", 0xc000003e, 3),
  AARCH64("SCMP_ARCH_AARCH64", 0xc00000b7, 1),
  ARM("SCMP_ARCH_ARM", 0x40000028, 2);

  static final int X32_SYSCALL_BIT = 0x40000000;

  /// Those of machines that this engine does not run on.
  private static final List<String> FOREIGN =
      List.of(
          "SCMP_ARCH_LOONGARCH64",
          "SCMP_ARCH_M68K",
          "SCMP_ARCH_MIPS",
          "SCMP_ARCH_MIPS64",
          "SCMP_ARCH_MIPS64N32",
          "SCMP_ARCH_MIPSEL",
          "SCMP_ARCH_MIPSEL64",
          "SCMP_ARCH_MIPSEL64N32",
          "SCMP_ARCH_PARISC",
          "SCMP_ARCH_PARISC64",
          "SCMP_ARCH_PPC",
          "SCMP_ARCH_PPC64",
          "SCMP_ARCH_PPC64LE",
          "SCMP_ARCH_RISCV64",
          "SCMP_ARCH_S390",
          "SCMP_ARCH_S390X",
          "SCMP_ARCH_SH",
          "SCMP_ARCH_SHEB");

  private final String token;
  private final int audit;
  private final int column;

  Abi(String token, int audit, int column) {
    this.token = token;
    this.audit = audit;
    this.column = column;
  }

  /// Find a convention by the name that profiles use; empty for one of other machines, which no
  /// process can enter here.
  ///
  /// @throws IllegalArgumentException where nobody knows the name
  public static Optional<Abi> parse(String token) {
    for (var abi : values()) {
      if (abi.token.equals(token)) {
        return Optional.of(abi);
      }
    }
    if (FOREIGN.contains(token)) {
      return Optional.empty();
    }
    throw new IllegalArgumentException("no such seccomp architecture: " + token);
  }

  /// Return the convention of a machine's own programs.
  public static Abi of(Arch arch) {
    return switch (arch) {
      case X86_64 -> X86_64;
      case AARCH64 -> AARCH64;
    };
  }

  /// Return `seccomp_data.arch`.
  int audit() {
    return audit;
  }

  /// Return where in a line of the numbers this convention's stands.
  int column() {
    return column;
  }

  /// Return what is or-ed to every number.
  int bit() {
    return this == X32 ? X32_SYSCALL_BIT : 0;
  }

  /// Tell whether arguments are compared as 64 bits; libseccomp takes the low half on the others.
  boolean comparesLongs() {
    return this == X86_64 || this == AARCH64;
  }

  boolean isX86() {
    return this == X86_64 || this == X86 || this == X32;
  }

  /// Tell whether a kernel that is native to the other also serves this one.
  boolean runsOn(Abi other) {
    return isX86() == other.isX86();
  }
}
