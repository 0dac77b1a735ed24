package jontainers.cli.oci;

import java.io.IOException;

/// What one command does.
interface Operation {
  /// Do it; return the exit code.
  int run(Context context, Flags flags) throws IOException, FlagException;
}
