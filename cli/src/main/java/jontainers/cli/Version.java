package jontainers.cli;

/// Which version this is.
public final class Version {
  private Version() {}

  public static String current() {
    String version = Version.class.getPackage().getImplementationVersion();
    var module = Version.class.getModule().getDescriptor();
    if (module != null && module.rawVersion().isPresent()) {
      return module.rawVersion().get();
    }
    return version == null ? "unknown" : version;
  }

  /// Return the commit it was built from, as far as the build knows.
  public static String commit() {
    String commit = System.getProperty("jontainers.commit");
    return commit == null || commit.isEmpty() ? "unknown" : commit;
  }
}
