/// Records of the OCI specifications, as they stand in JSON.
///
/// A leaf: requires a JSON library and nothing of the engine. The records keep the specification's
/// names and its strings (`"SCMP_ACT_ERRNO"`, `"rprivate"`); who acts on them translates. It never
/// touches the host.
@org.jspecify.annotations.NullMarked
module jontainers.oci {
  requires static transitive org.jspecify;
  requires transitive io.avaje.jsonb; // its types stand in the adapters generated into this package

  exports jontainers.oci;

  provides io.avaje.jsonb.spi.JsonbExtension with
      jontainers.oci.jsonb.GeneratedJsonComponent;
}
