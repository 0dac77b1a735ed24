/// From an OCI specification to steps, and from steps to a process.
///
/// Requires `linux` for calls and proxies and `oci` for records. Deciding is pure: a [Spec] and the
/// facts of a [Host] become a list of steps, which can be compared, printed and explained without
/// root. Acting is one class, `PreparedContainer`. It knows neither images nor networks: a root filesystem
/// arrives as mounts, a network as a namespace.
///
/// [Spec]: jontainers.oci.Spec
/// [Host]: jontainers.runtime.Host
@org.jspecify.annotations.NullMarked
module jontainers.runtime {
  requires static org.jspecify;
  requires transitive jontainers.linux;
  requires transitive jontainers.oci;

  exports jontainers.runtime;
  exports jontainers.runtime.step;
}
