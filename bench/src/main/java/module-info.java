/// Measurements, side by side with other runtimes; not shipped.
@org.jspecify.annotations.NullMarked
module jontainers.bench {
  requires jdk.jfr;
  requires jontainers.engine;
  requires jontainers.image;
  requires static org.jspecify;
}
