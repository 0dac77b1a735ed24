package jontainers.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import jontainers.image.layer.UnsaidDirectories;
import jontainers.linux.Fd;
import jontainers.linux.FileStatus;
import jontainers.linux.Xattr;

/// Let directories keep the attributes that lower layers gave them, where upper layers have them
/// without an entry.
///
/// A layer is unpacked once and lies on others in each image, so this is put right in the upper
/// directory of each snapshot, which is the one that is shown.
final class KeptAttributes {
  private final LayerStack stack;
  private final List<Path> lower;
  private final Map<Path, Set<Path>> unsaid;

  private KeptAttributes(List<Path> lower, Map<Path, Set<Path>> unsaid) {
    this.stack = LayerStack.of(lower);
    this.lower = lower;
    this.unsaid = unsaid;
  }

  /// Look at the layers of an image, the uppermost first.
  static KeptAttributes of(List<Path> lower) throws IOException {
    var unsaid = new HashMap<Path, Set<Path>>();
    for (var layer : lower) {
      unsaid.put(layer, UnsaidDirectories.read(layer));
    }
    return new KeptAttributes(lower, unsaid);
  }

  /// Look at what is no image: a directory has the attributes that it has.
  static KeptAttributes ofOne(List<Path> lower) {
    return new KeptAttributes(lower, Map.of());
  }

  /// Find what has the attributes of a directory.
  Optional<Path> of(Path directory) throws IOException {
    return stack.attributes(directory, unsaid);
  }

  /// Make the directories in an upper one that would be shown with other attributes.
  void keep(Path upper) throws IOException {
    var made = new TreeSet<Path>();
    for (var directory : all()) {
      var shown = stack.find(directory);
      var kept = of(directory);
      if (shown.isPresent() && kept.isPresent() && !isSame(shown.get(), kept.get())) {
        for (int names = 1; names <= directory.getNameCount(); names++) {
          made.add(directory.subpath(0, names));
        }
      }
    }
    for (var directory : made) {
      if (!Files.isDirectory(upper.resolve(directory), LinkOption.NOFOLLOW_LINKS)) {
        Files.createDirectory(upper.resolve(directory));
      }
    }
    // Last, since making what is in a directory changes its time.
    for (var directory : made.descendingSet()) {
      Masks.copyAttributes(of(directory).orElseThrow(), upper.resolve(directory));
    }
    Masks.copyAttributes(of(Path.of("")).orElse(lower.getFirst()), upper);
  }

  private Set<Path> all() {
    var all = new HashSet<Path>();
    unsaid.values().forEach(all::addAll);
    all.remove(Path.of(""));
    return all;
  }

  private static boolean isSame(Path one, Path other) throws IOException {
    if (one.equals(other)) {
      return true;
    }
    try (var first = Fd.open(one, Fd.O_PATH | Fd.O_DIRECTORY);
        var second = Fd.open(other, Fd.O_PATH | Fd.O_DIRECTORY)) {
      var a = FileStatus.of(first);
      var b = FileStatus.of(second);
      return a.mode() == b.mode()
          && a.uid() == b.uid()
          && a.gid() == b.gid()
          && attributes(first).equals(attributes(second));
    }
  }

  private static Set<String> attributes(Fd directory) throws IOException {
    var attributes = new HashSet<String>();
    for (var xattr : Xattr.ofPath(directory)) {
      String name = new String(xattr.name(), java.nio.charset.StandardCharsets.UTF_8);
      if (!name.contains(".overlay.")) {
        attributes.add(name + "=" + Arrays.toString(xattr.value()));
      }
    }
    return attributes;
  }
}
