package jontainers.linux;

/// The processor architectures this engine runs on.
public enum Arch {
  X86_64("x86_64", "amd64", 62),
  AARCH64("aarch64", "arm64", 183);

  private static final Arch CURRENT = ofJava(System.getProperty("os.arch", ""));

  private final String machine;
  private final String oci;
  private final int elfMachine;

  Arch(String machine, String oci, int elfMachine) {
    this.machine = machine;
    this.oci = oci;
    this.elfMachine = elfMachine;
  }

  /// Return the architecture of this JVM.
  public static Arch current() {
    return CURRENT;
  }

  /// Return the name that `uname -m` prints.
  public String machine() {
    return machine;
  }

  /// Return the name in OCI image configurations (Go's GOARCH).
  public String oci() {
    return oci;
  }

  /// Return `e_machine` of elf(5).
  public int elfMachine() {
    return elfMachine;
  }

  private static Arch ofJava(String name) {
    return switch (name) {
      case "amd64", "x86_64" -> X86_64;
      case "aarch64", "arm64" -> AARCH64;
      default -> throw new UnsupportedOperationException("unsupported architecture: " + name);
    };
  }
}
