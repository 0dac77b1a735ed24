/// Containers as their users know them: the library, and what every command and service is made of.
///
/// Brings image, network and runtime together, which know nothing of each other, and owns the state
/// on disk. A daemon is not needed: the engine is an object of the caller's JVM, and several
/// engines of several processes may share one state directory.
@org.jspecify.annotations.NullMarked
module jontainers.engine {
  requires static transitive org.jspecify;
  requires transitive io.avaje.jsonb; // its types stand in the adapters generated into this package
  requires transitive jontainers.image;
  requires transitive jontainers.linux;
  requires transitive jontainers.network;
  requires transitive jontainers.runtime;

  exports jontainers.engine;

  provides io.avaje.jsonb.spi.JsonbExtension with
      jontainers.engine.jsonb.GeneratedJsonComponent;
}
