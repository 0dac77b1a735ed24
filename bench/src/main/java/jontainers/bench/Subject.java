package jontainers.bench;

/// Something that runs one container, from its start to its exit status.
interface Subject {
  /// Return the name in tables.
  String name();

  /// Run one container of /bin/true; the time this takes is what is measured.
  void run() throws Exception;
}
