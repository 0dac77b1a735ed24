package jontainers.cli;

import java.nio.file.Files;
import java.util.ArrayList;
import jontainers.engine.EngineException;
import jontainers.linux.RawText;
import jontainers.linux.ThisProcess;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `jontainers unshare`: be root of the user namespace that containers have without root, to look
/// at their files, or to run a program that uses the library.
final class UnshareCommand implements Command {
  @Override
  public Verb verb() {
    return Verb.UNSHARE;
  }

  @Override
  public CommandSpec spec() {
    var spec = Options.command(verb());
    spec.parser().stopAtPositional(true);
    spec.usageMessage().customSynopsis("jontainers unshare [COMMAND [ARG…]]");
    spec.addPositional(Options.words("COMMAND ARG", "What to run; your shell where there is none"));
    return spec;
  }

  @Override
  public int run(Session session, Global global, ParseResult arguments)
      throws EngineException, UsageException {
    if (ThisProcess.euid() == 0) {
      throw new UsageException(
          "unshare is for those who are not root", "root needs no user namespace");
    }
    var command = new ArrayList<>(Options.words(arguments));
    if (command.isEmpty()) {
      command.add(session.environment().getOrDefault("SHELL", "/bin/sh"));
    }
    Rootless.execute(session, program(session, command.getFirst()), command);
    throw new IllegalStateException("execve returned");
  }

  private static String program(Session session, String name) throws UsageException {
    if (name.contains("/")) {
      return RawText.of(session.path(name));
    }
    for (String directory :
        session.environment().getOrDefault("PATH", "/usr/bin:/bin").split(":")) {
      var candidate = RawText.path(directory).resolve(RawText.path(name));
      if (Files.isExecutable(candidate) && !Files.isDirectory(candidate)) {
        return RawText.of(candidate);
      }
    }
    throw new UsageException("\"" + name + "\": executable file not found in $PATH", "");
  }
}
