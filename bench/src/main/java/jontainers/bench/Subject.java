package jontainers.bench;

/// Something that runs containers of /bin/true, from their start to their exit status.
interface Subject {
  /// Return the name in tables.
  String name();

  /// Run them; the time this takes is what is measured.
  void run() throws Exception;

  /// Return in how many rounds it has one turn: a slow one has fewer.
  default int every() {
    return 1;
  }
}
