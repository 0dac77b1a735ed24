package jontainers.image.content;

/// Something in a store that should not be so.
///
/// @param object the digest or file
/// @param detail in words
public record Problem(Kind kind, String object, String detail) {
  /// Kinds of problems.
  public enum Kind {
    /// Content is not what its name says.
    DAMAGED,
    /// Content is needed and not here.
    MISSING,
    /// Content is here and nothing reaches it.
    ORPHAN,
    /// Partial content that nobody goes on with.
    STALE_INGEST,
    /// A lease whose owner has ended.
    DEAD_LEASE,
    /// A file that does not belong here.
    STRANGE_FILE
  }

  /// As a line for people.
  @Override
  public String toString() {
    return object + ": " + detail;
  }
}
