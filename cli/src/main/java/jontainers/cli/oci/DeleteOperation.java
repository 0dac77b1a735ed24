package jontainers.cli.oci;

import java.io.IOException;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import jontainers.runtime.OciContainer;
import jontainers.runtime.OciException;

/// `delete`: remove a container with all that it holds.
final class DeleteOperation {
  private DeleteOperation() {}

  static int run(Context context, Flags flags) throws IOException, FlagException {
    var how = flags.has("force") ? OciContainer.Deletion.OF_ANY : OciContainer.Deletion.OF_STOPPED;
    String id = flags.rest().getFirst();
    if (flags.has("regex")) {
      return matching(context, pattern(id), how);
    }
    try {
      context.containers().find(id).delete(how, context.log()::warning);
    } catch (OciException e) {
      if (context.containers().isUnfinished(id)) {
        context.containers().removeUnfinished(id);
        return 0;
      }
      if (flags.has("force") && String.valueOf(e.getMessage()).endsWith("does not exist")) {
        return 0;
      }
      throw e;
    }
    return 0;
  }

  private static int matching(Context context, Pattern pattern, OciContainer.Deletion how)
      throws IOException {
    for (var container : context.containers().list(context.log()::warning)) {
      if (pattern.matcher(container.record().id()).find()) {
        container.delete(how, context.log()::warning);
      }
    }
    return 0;
  }

  private static Pattern pattern(String text) throws FlagException {
    try {
      return Pattern.compile(text);
    } catch (PatternSyntaxException e) {
      throw new FlagException("not a regular expression: " + text);
    }
  }
}
