/// Tests of the OCI runtime specification and of the engines that rely on it.
///
/// Nothing here knows a class of the engine: a runtime is a command, and the same tests are run
/// with runc and crun, so that the tests are tested.
@org.jspecify.annotations.NullMarked
package jontainers.conformance;
