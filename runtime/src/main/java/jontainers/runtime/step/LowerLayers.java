package jontainers.runtime.step;

import java.util.ArrayList;
import java.util.List;
import jontainers.linux.RawText;

/// Shorten the options of an overlay of many layers: the data of mount(2) has a page at most, and
/// what is longer the kernel cuts off without a word.
///
/// @param data the options, joined
/// @param opened the layers that it names by their descriptors; none where it is short anyway
record LowerLayers(String data, List<String> opened) {
  /// The least page of any architecture, with the NUL behind the text.
  private static final int DATA_SIZE = 4096;

  /// How many there is room for, below a usual limit of open files.
  private static final int MAX = 200;

  private static final String LOWERDIR = "lowerdir=";

  static LowerLayers of(List<String> options) {
    String joined = String.join(",", options);
    if (fits(joined)) {
      return new LowerLayers(joined, List.of());
    }
    var shorter = new ArrayList<String>();
    var opened = new ArrayList<String>();
    for (String option : options) {
      if (option.startsWith(LOWERDIR) && opened.isEmpty()) {
        opened.addAll(split(option.substring(LOWERDIR.length())));
        shorter.add(LOWERDIR + names(opened.size()));
      } else {
        shorter.add(option);
      }
    }
    String data = String.join(",", shorter);
    if (opened.size() > MAX || !fits(data)) {
      throw new IllegalArgumentException(
          "the options of the root filesystem are longer than a page: "
              + opened.size()
              + " layers");
    }
    return new LowerLayers(data, List.copyOf(opened));
  }

  private static boolean fits(String data) {
    return RawText.encode(data).length < DATA_SIZE;
  }

  private static String names(int count) {
    var names = new ArrayList<String>();
    for (int i = 0; i < count; i++) {
      names.add("/proc/self/fd/" + (Descriptors.LAYERS + i));
    }
    return String.join(":", names);
  }

  /// Layers are separated by colons; a backslash stands before one that is part of a name
  /// (ovl_unescape of the kernel).
  private static List<String> split(String lowerdir) {
    var layers = new ArrayList<String>();
    var layer = new StringBuilder();
    for (int i = 0; i < lowerdir.length(); i++) {
      char c = lowerdir.charAt(i);
      if (c == ':') {
        layers.add(layer.toString());
        layer.setLength(0);
      } else {
        layer.append(c == '\\' && i + 1 < lowerdir.length() ? lowerdir.charAt(++i) : c);
      }
    }
    layers.add(layer.toString());
    return layers;
  }
}
