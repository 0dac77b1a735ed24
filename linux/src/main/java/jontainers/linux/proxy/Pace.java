package jontainers.linux.proxy;

/// How many calls a proxy is sent at a time.
public enum Pace {
  /// As many as fit a frame: the fast way.
  ALL_AT_ONCE,
  /// One sequence, then its results: what traces and fault injection need.
  ONE_BY_ONE
}
