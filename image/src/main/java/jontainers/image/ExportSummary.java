package jontainers.image;

import java.util.List;

/// What an export wrote, and what it could not write as it was.
///
/// @param warnings one for each file that was left out or that changed while it was read, up to a
///   hundred of them
public record ExportSummary(long entries, long bytes, List<String> warnings) {
  public ExportSummary {
    warnings = List.copyOf(warnings);
  }
}
