/// Measurements, side by side with other runtimes; see `bench/compare`.
@org.jspecify.annotations.NullMarked
module jontainers.bench {
  requires static org.jspecify;
  requires jontainers.engine;
}
