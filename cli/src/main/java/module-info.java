/// The command `jontainers`.
///
/// Requires the engine and a command line parser. Every command is written against a `Session`
/// (standard streams, environment, working directory), never against this JVM's own, so that a
/// resident engine can serve commands of other processes.
@org.jspecify.annotations.NullMarked
module jontainers.cli {
  requires static org.jspecify;
  requires jontainers.engine;
  requires jontainers.runtime;
  requires info.picocli;
  requires jdk.unsupported; // sun.misc.Signal
}
