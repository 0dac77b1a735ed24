package jontainers.cli;

/// Which version this is.
final class Version {
  private Version() {}

  static String current() {
    String version = Version.class.getPackage().getImplementationVersion();
    var module = Version.class.getModule().getDescriptor();
    if (module != null && module.rawVersion().isPresent()) {
      return module.rawVersion().get();
    }
    return version == null ? "unknown" : version;
  }
}
