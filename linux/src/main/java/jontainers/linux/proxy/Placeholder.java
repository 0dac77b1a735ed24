package jontainers.linux.proxy;

final class Placeholder {
  private Placeholder() {}
}
