/// Small programs that use the library, as its users would; not shipped.
@org.jspecify.annotations.NullMarked
module jontainers.examples {
  requires jontainers.engine;
  requires static org.jspecify;
}
