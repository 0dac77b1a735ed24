package jontainers.cli;

import java.io.IOException;
import jontainers.engine.Engine;
import jontainers.engine.EngineException;
import jontainers.image.ImageException;
import jontainers.image.content.Problem;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `jontainers fsck`: look for damage in the store of images.
///
/// As every command it first cleans up after those that were killed: what it finds is damage.
final class FsckCommand implements Command {
  @Override
  public Verb verb() {
    return Verb.FSCK;
  }

  @Override
  public CommandSpec spec() {
    return Options.command(verb());
  }

  @Override
  public int run(Session session, Global global, ParseResult arguments)
      throws EngineException, ImageException, UsageException, IOException {
    Rootless.enter(session);
    try (var engine = Engine.open(global.root())) {
      var problems = engine.images().fsck();
      if (problems.isEmpty()) {
        session.out().println("no problems");
        return 0;
      }
      problems.forEach(problem -> session.out().println(VisibleText.line(problem.toString())));
      problems.stream()
          .map(Problem::kind)
          .map(Problem.Kind::hint)
          .distinct()
          .forEach(hint -> session.err().println("hint: " + hint));
      return 1;
    }
  }
}
