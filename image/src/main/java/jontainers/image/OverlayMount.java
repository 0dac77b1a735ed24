package jontainers.image;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import jontainers.linux.RawText;
import jontainers.oci.Mount;

/// An overlay to be mounted (Documentation/filesystems/overlayfs.rst of the kernel).
///
/// @param lower the layers below, the uppermost first
/// @param upper where changes go
/// @param work an empty directory of the same file system
public record OverlayMount(List<Path> lower, Path upper, Path work, Set<OverlayOption> options) {
  /// The most layers below. overlayfs takes 500; the data of mount(2) has a page of 4 KiB, in which
  /// there is room for as many as this by the numbers of their descriptors, and for two long paths.
  static final int MAX_LOWER = 200;

  public OverlayMount {
    lower = List.copyOf(lower);
    options = Set.copyOf(options);
  }

  /// Return it as a mount of the runtime specification.
  public Mount at(Path target) {
    return new Mount(RawText.of(target), "overlay", "overlay", mountOptions());
  }

  /// Return the options of mount(2), to be joined by commas.
  public List<String> mountOptions() {
    return mountOptions(lower.stream().map(OverlayMount::escaped).toList());
  }

  /// Return the options with other names for the layers below.
  List<String> mountOptions(List<String> lowerNames) {
    var list = new ArrayList<String>();
    list.add("lowerdir=" + String.join(":", lowerNames));
    list.add("upperdir=" + escaped(upper));
    list.add("workdir=" + escaped(work));
    new TreeSet<>(options).forEach(option -> list.add(option.option()));
    return list;
  }

  /// A backslash before what separates layers and options, and before itself (ovl_next_opt and
  /// ovl_unescape of the kernel).
  private static String escaped(Path path) {
    var text = new StringBuilder();
    for (char c : RawText.of(path).toCharArray()) {
      if (c == ':' || c == ',' || c == '\\') {
        text.append('\\');
      }
      text.append(c);
    }
    return text.toString();
  }
}
