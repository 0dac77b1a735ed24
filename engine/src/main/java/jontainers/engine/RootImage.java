package jontainers.engine;

import java.nio.file.Path;

/// What a container's root filesystem is made from; never changed by the container.
public sealed interface RootImage {

  /// The machine's own root filesystem, without the engine's state.
  record Host() implements RootImage {
    @Override
    public String toString() {
      return "host";
    }
  }

  /// Any directory.
  record Rootfs(Path directory) implements RootImage {
    @Override
    public String toString() {
      return directory.toString();
    }
  }

  /// The machine's own root filesystem.
  static RootImage host() {
    return new Host();
  }

  /// A directory that holds a root filesystem.
  static RootImage rootfs(Path directory) {
    return new Rootfs(directory);
  }
}
