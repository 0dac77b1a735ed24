package jontainers.engine;

import java.util.Set;

/// The states of a container, as Docker names them.
public enum ContainerStatus {
  CREATED,
  RUNNING,
  EXITED,
  /// Something is written down of it and cannot be read: in use, for all that anybody knows.
  UNREADABLE;

  /// Return the states that may follow this one.
  Set<ContainerStatus> next() {
    return switch (this) {
      case CREATED -> Set.of(RUNNING, EXITED);
      case RUNNING -> Set.of(EXITED);
      case EXITED, UNREADABLE -> Set.of();
    };
  }
}
