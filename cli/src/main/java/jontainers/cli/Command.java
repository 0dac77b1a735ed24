package jontainers.cli;

import java.io.IOException;
import jontainers.engine.EngineException;
import jontainers.image.ImageException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// One subcommand: its options, and what it does.
interface Command {
  /// Return its name and one line about it.
  Verb verb();

  /// Describe options and parameters.
  CommandSpec spec();

  /// Do it; return the exit code.
  int run(Session session, Global global, ParseResult arguments)
      throws EngineException, ImageException, UsageException, IOException;

  /// The subcommands, in the order in which help lists them.
  enum Verb {
    RUN("run", "Run a command in a new container"),
    PS("ps", "List containers"),
    RM("rm", "Remove containers that have ended"),
    PULL("pull", "Pull an image from a registry"),
    PUSH("push", "Push an image to a registry"),
    LOGIN("login", "Log in to a registry"),
    LOGOUT("logout", "Log out of a registry"),
    EXPORT("export", "Write a container's filesystem as a tar"),
    COMMIT("commit", "Make an image of what a container has changed"),
    IMAGES("images", "List images"),
    INSPECT("inspect", "Show all that is known of images and containers"),
    HISTORY("history", "Show how an image was made"),
    TAG("tag", "Give an image a further name"),
    RMI("rmi", "Remove images"),
    PRUNE("prune", "Remove images that nobody needs"),
    FSCK("fsck", "Look for damage in the store of images"),
    LOAD("load", "Load images from an archive"),
    SAVE("save", "Save images as an archive"),
    IMPORT("import", "Make an image of a root filesystem in an archive"),
    START("start", "Prepare the host: bridge, forwarding, NAT"),
    STOP("stop", "Take away what start prepared"),
    UNSHARE("unshare", "Be root of the user namespace that containers have without root");

    private final String word;
    private final String summary;

    Verb(String word, String summary) {
      this.word = word;
      this.summary = summary;
    }

    String word() {
      return word;
    }

    String summary() {
      return summary;
    }

    /// Make the command; only the one that is asked for is ever built.
    Command command() {
      return switch (this) {
        case RUN -> new RunCommand();
        case PS -> new PsCommand();
        case RM -> new RmCommand();
        case PULL -> new PullCommand();
        case PUSH -> new PushCommand();
        case LOGIN -> new LoginCommand();
        case LOGOUT -> new LogoutCommand();
        case EXPORT -> new ExportCommand();
        case COMMIT -> new CommitCommand();
        case IMAGES -> new ImagesCommand();
        case INSPECT -> new InspectCommand();
        case HISTORY -> new HistoryCommand();
        case TAG -> new TagCommand();
        case RMI -> new RmiCommand();
        case PRUNE -> new PruneCommand();
        case FSCK -> new FsckCommand();
        case LOAD -> new LoadCommand();
        case SAVE -> new SaveCommand();
        case IMPORT -> new ImportCommand();
        case START -> new StartCommand();
        case STOP -> new StopCommand();
        case UNSHARE -> new UnshareCommand();
      };
    }
  }
}
