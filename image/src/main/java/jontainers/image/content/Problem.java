package jontainers.image.content;

/// Something in a store that should not be so.
///
/// @param object the digest or file
/// @param detail in words
public record Problem(Kind kind, String object, String detail) {
  /// Kinds of problems.
  public enum Kind {
    /// Content is not what its name says.
    DAMAGED("remove the images that need it (jontainers rmi), then pull or load them again"),
    /// Content is needed and not here.
    MISSING("remove the images that need it (jontainers rmi), then pull or load them again"),
    /// Content is here and nothing reaches it.
    ORPHAN("jontainers prune removes what nothing needs"),
    /// Partial content, or a layer unpacked in part, that nobody goes on with.
    STALE_INGEST("the next command removes what was left by halves"),
    /// A lease whose owner has ended.
    DEAD_LEASE("the next command removes what was left by halves"),
    /// A file that does not belong here.
    STRANGE_FILE("files that are none of the store's can be deleted");

    private final String hint;

    Kind(String hint) {
      this.hint = hint;
    }

    /// Return whether something is lost.
    public boolean isDamage() {
      return this == DAMAGED || this == MISSING;
    }

    /// Return what to do about it.
    public String hint() {
      return hint;
    }
  }

  /// As a line for people.
  @Override
  public String toString() {
    return object + ": " + detail;
  }
}
