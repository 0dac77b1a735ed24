package jontainers.engine;

/// Which network a container sees.
public enum NetworkMode {
  /// An endpoint of its own on the engine's bridge.
  BRIDGE,
  /// The host's own network.
  HOST,
  /// A loopback interface and nothing else.
  NONE
}
