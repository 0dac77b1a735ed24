package jontainers.linux.seccomp;

final class Placeholder {
  private Placeholder() {}
}
