package jontainers.oci;

import io.avaje.jsonb.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A container's configuration: config.json of the OCI runtime specification 1.3.
///
/// Fields of other platforms and unknown ones are ignored, as spec.md asks. Made by hand it never
/// touches JSON code, which costs a cold start some milliseconds.
///
/// @param hostname absent to leave the UTS namespace's own, as `domainname` is
@Json
public record Spec(
    String ociVersion,
    @Nullable Process process,
    @Nullable Root root,
    @Nullable String hostname,
    @Nullable String domainname,
    List<Mount> mounts,
    @Nullable Hooks hooks,
    Map<String, String> annotations,
    @Nullable Linux linux) {
  /// The version of the specification that these records speak.
  public static final String VERSION = "1.3.0";

  public Spec {
    Fields.required(ociVersion, "ociVersion");
    mounts = Fields.list(mounts);
    annotations = Fields.map(annotations);
  }

  /// Configure a container without domain name, hooks or annotations.
  public static Spec of(
      Process process, Root root, @Nullable String hostname, List<Mount> mounts, Linux linux) {
    return new Spec(VERSION, process, root, hostname, null, mounts, null, Map.of(), linux);
  }

  /// Read config.json.
  ///
  /// @throws OciFormatException where it is not JSON or not such a document
  public static Spec parse(String json) {
    return Documents.parse(Spec.class, json, "config.json");
  }

  /// Read config.json from its bytes.
  ///
  /// @throws OciFormatException where it is not JSON or not such a document
  public static Spec parse(byte[] json) {
    return Documents.parse(Spec.class, json, "config.json");
  }

  /// Write config.json, without what is empty.
  public String toJson() {
    return Documents.json(this);
  }

  public Spec withProcess(Process value) {
    return new Spec(
        ociVersion, value, root, hostname, domainname, mounts, hooks, annotations, linux);
  }

  public Spec withRoot(Root value) {
    return new Spec(
        ociVersion, process, value, hostname, domainname, mounts, hooks, annotations, linux);
  }

  public Spec withDomainname(String value) {
    return new Spec(ociVersion, process, root, hostname, value, mounts, hooks, annotations, linux);
  }

  public Spec withMounts(List<Mount> value) {
    return new Spec(
        ociVersion, process, root, hostname, domainname, value, hooks, annotations, linux);
  }

  public Spec withHooks(Hooks value) {
    return new Spec(
        ociVersion, process, root, hostname, domainname, mounts, value, annotations, linux);
  }

  public Spec withAnnotations(Map<String, String> value) {
    return new Spec(ociVersion, process, root, hostname, domainname, mounts, hooks, value, linux);
  }

  public Spec withLinux(Linux value) {
    return new Spec(
        ociVersion, process, root, hostname, domainname, mounts, hooks, annotations, value);
  }
}
