package jontainers.runtime.systemd;

import java.io.IOException;

/// Tell what was wrong in a conversation over D-Bus, or what the other side has refused.
public final class DBusException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String name;

  DBusException(String message) {
    this("", message);
  }

  /// Make one for a reply that is an error.
  ///
  /// @param name that of the error, such as `org.freedesktop.systemd1.NoSuchUnit`
  DBusException(String name, String message) {
    super(name.isEmpty() ? message : message + " (" + name + ")");
    this.name = name;
  }

  /// Return the name of the error that the other side has sent; empty where it has sent none.
  public String name() {
    return name;
  }

  /// Tell whether systemd has sent this error.
  public boolean isOfSystemd(String error) {
    return name.equals("org.freedesktop.systemd1." + error);
  }
}
