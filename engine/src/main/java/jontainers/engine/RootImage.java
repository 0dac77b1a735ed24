package jontainers.engine;

import java.nio.file.Path;
import jontainers.linux.RawText;

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
      return RawText.of(directory);
    }
  }

  /// An image of the engine's store: [Engine#images].
  ///
  /// @param name a name or an id
  /// @param platform such as `linux/arm64`; empty for this machine's
  record Stored(String name, String platform) implements RootImage {
    @Override
    public String toString() {
      return name;
    }
  }

  /// An image of the engine's store, by a name or an id.
  static RootImage stored(String nameOrId) {
    return new Stored(nameOrId, "");
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
