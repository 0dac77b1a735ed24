/// What the tests of every module share: the kernel tier's conditions and its leak check.
///
/// Requires JUnit's API and nothing of the engine, so that the lowest module can use it too.
@org.jspecify.annotations.NullMarked
module jontainers.testkit {
  requires static org.jspecify;
  requires transitive org.junit.jupiter.api;
  requires org.junit.platform.launcher;

  exports jontainers.testkit;
}
