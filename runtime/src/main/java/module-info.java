/// From an OCI specification to steps, and from steps to a process.
///
/// Requires `linux` for calls and proxies, `oci` for records, and `netlink` to move network devices. Deciding is pure: a [Spec] and the
/// facts of a [Host] become a list of steps, which can be compared, printed and explained without
/// root. Acting is a few classes: `PreparedContainer` starts
/// at once what its caller owns, `OciContainer` is made, started and deleted by different commands. It knows neither images nor networks: a root filesystem
/// arrives as mounts, a network as a namespace.
///
/// [Spec]: jontainers.oci.Spec
/// [Host]: jontainers.runtime.Host
@org.jspecify.annotations.NullMarked
module jontainers.runtime {
  requires static transitive org.jspecify;
  requires transitive io.avaje.jsonb; // its types stand in the adapters generated into this package
  requires transitive jontainers.linux;
  requires transitive jontainers.oci;
  requires jontainers.netlink;

  exports jontainers.runtime;
  exports jontainers.runtime.step;

  provides io.avaje.jsonb.spi.JsonbExtension with
      jontainers.runtime.jsonb.GeneratedJsonComponent;
}
