package jontainers.runtime.systemd;

/// A property of a unit: org.freedesktop.systemd1(5).
public record Property(String name, Value value) {
  Value toValue() {
    return Value.struct(new Value.Text(name), new Value.Variant(value));
  }
}
