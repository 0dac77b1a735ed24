package jontainers.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import jontainers.engine.ContainerSpec;
import jontainers.engine.Sharing;
import jontainers.linux.Signal;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// The options of `run` about the program, its files and what it shares with the host.
final class ProcessOptions {
  private static final String HOSTNAME = "--hostname";
  private static final String DOMAINNAME = "--domainname";
  private static final String TTY = "--tty";
  private static final String ENV = "--env";
  private static final String ENV_FILE = "--env-file";
  private static final String WORKDIR = "--workdir";
  private static final String USER = "--user";
  private static final String GROUP_ADD = "--group-add";
  private static final String ENTRYPOINT = "--entrypoint";
  private static final String INIT = "--init";
  private static final String STOP_SIGNAL = "--stop-signal";
  private static final String STOP_TIMEOUT = "--stop-timeout";
  private static final String LABEL = "--label";
  private static final String LABEL_FILE = "--label-file";
  private static final String READ_ONLY = "--read-only";
  private static final String VOLUME = "--volume";
  private static final String MOUNT = "--mount";
  private static final String TMPFS = "--tmpfs";
  private static final String PID = "--pid";
  private static final String IPC = "--ipc";
  private static final String UTS = "--uts";
  private static final String CGROUPNS = "--cgroupns";
  private static final String USERNS = "--userns";

  private ProcessOptions() {}

  static void describe(CommandSpec spec) {
    spec.addOption(Options.flag("Give it a terminal", "-t", TTY));
    spec.addOption(
        Options.values("NAME[=VALUE]", "Set a variable; without a value, the caller's", "-e", ENV));
    spec.addOption(Options.values("FILE", "Set the variables in a file", ENV_FILE));
    spec.addOption(Options.value("DIR", "Working directory in the container", "-w", WORKDIR));
    spec.addOption(Options.value("USER[:GROUP]", "Names or ids", "-u", USER));
    spec.addOption(Options.values("GROUP", "Be in a further group", GROUP_ADD));
    spec.addOption(Options.value("PROGRAM", "Run this with COMMAND as arguments", ENTRYPOINT));
    spec.addOption(Options.flag("Let an init forward signals and reap processes", INIT));
    spec.addOption(
        Options.value("SIGNAL", "What asks it to end (the image's, or TERM)", STOP_SIGNAL));
    spec.addOption(Options.value("SECONDS", "How long it may take (10)", STOP_TIMEOUT));
    spec.addOption(Options.values("KEY[=VALUE]", "Label it", "-l", LABEL));
    spec.addOption(Options.values("FILE", "Label it as a file says", LABEL_FILE));
    spec.addOption(Options.flag("Make the root filesystem read-only", READ_ONLY));
    spec.addOption(Options.values("DIR:TARGET[:ro]", "Show a directory or file", "-v", VOLUME));
    spec.addOption(Options.values("KEY=VALUE,…", "Show files, in detail", MOUNT));
    spec.addOption(Options.values("TARGET[:OPTIONS]", "Files in memory", TMPFS));
    spec.addOption(Options.value("NAME", "Host name in the container", "-h", HOSTNAME));
    spec.addOption(Options.value("NAME", "NIS domain name in the container", DOMAINNAME));
    spec.addOption(Options.value("host", "See the host's processes", PID));
    spec.addOption(Options.value("MODE", "private, shareable, none or host", IPC));
    spec.addOption(Options.value("host", "Have the host's name", UTS));
    spec.addOption(Options.value("MODE", "private or host", CGROUPNS));
    spec.addOption(
        Options.value("MODE", "User namespace: host, auto or INSIDE:OUTSIDE:SIZE,…", USERNS));
  }

  static void read(Session session, ParseResult arguments, ContainerSpec.Draft draft)
      throws UsageException {
    Options.text(arguments, ENTRYPOINT)
        .ifPresent(p -> draft.entrypoint(p.isEmpty() ? List.of() : List.of(p)));
    Options.text(arguments, HOSTNAME).ifPresent(draft::hostname);
    Options.text(arguments, DOMAINNAME).ifPresent(draft::domainname);
    Options.text(arguments, WORKDIR).ifPresent(draft::workingDirectory);
    Options.text(arguments, USER).ifPresent(draft::user);
    Options.list(arguments, GROUP_ADD).forEach(draft::group);
    for (String file : Options.list(arguments, ENV_FILE)) {
      for (String line : lines(session, file)) {
        // as Docker has it, only a word of the command line takes a variable away
        if (line.indexOf('=') >= 0 || session.environment().containsKey(line)) {
          environment(session, draft, line);
        }
      }
    }
    for (String variable : Options.list(arguments, ENV)) {
      environment(session, draft, variable);
    }
    for (String file : Options.list(arguments, LABEL_FILE)) {
      for (String line : lines(session, file)) {
        label(draft, line);
      }
    }
    for (String label : Options.list(arguments, LABEL)) {
      label(draft, label);
    }
    mounts(session, arguments, draft);
    draft.sharing(sharing(arguments));
    var users = UserWords.mapping(session, Options.text(arguments, USERNS).orElse(""));
    users.ifPresent(draft::userMapping);
    draft.stop(stop(arguments));
    if (Options.isSet(arguments, INIT)) {
      draft.init();
    }
    if (Options.isSet(arguments, READ_ONLY)) {
      draft.readOnly();
    }
    if (Options.isSet(arguments, TTY)) {
      draft.terminal();
    }
  }

  /// `NAME=VALUE` sets; `NAME` alone passes the caller's variable on, and takes the image's away
  /// where the caller has none.
  private static void environment(Session session, ContainerSpec.Draft draft, String variable)
      throws UsageException {
    int equals = variable.indexOf('=');
    if (equals == 0 || variable.isEmpty()) {
      throw new UsageException("invalid environment variable: \"" + variable + "\"", "");
    }
    if (equals > 0) {
      draft.environment(variable.substring(0, equals), variable.substring(equals + 1));
    } else if (session.environment().containsKey(variable)) {
      draft.environment(variable, session.environment().getOrDefault(variable, ""));
    } else {
      draft.withoutEnvironment(variable);
    }
  }

  private static void label(ContainerSpec.Draft draft, String label) throws UsageException {
    int equals = label.indexOf('=');
    if (equals == 0 || label.isEmpty()) {
      throw new UsageException("invalid label: \"" + label + "\"", "expected as KEY[=VALUE]");
    }
    draft.label(
        equals < 0 ? label : label.substring(0, equals),
        equals < 0 ? "" : label.substring(equals + 1));
  }

  /// Return the lines that say something: not empty, and no comment.
  private static List<String> lines(Session session, String file) throws UsageException {
    try {
      var lines = new ArrayList<String>();
      for (String line : Files.readAllLines(session.path(file))) {
        String text = line.stripLeading();
        if (text.isEmpty() || text.startsWith("#")) {
          continue;
        }
        int equals = text.indexOf('=');
        String name = equals < 0 ? text : text.substring(0, equals);
        if (name.chars().anyMatch(Character::isWhitespace)) {
          throw new UsageException(
              "in " + file + ": the name \"" + name + "\" contains a blank", "");
        }
        lines.add(text);
      }
      return lines;
    } catch (IOException e) {
      throw new UsageException(
          "cannot read " + file,
          Files.exists(session.path(file))
              ? "it should be text in UTF-8"
              : "there is no such file");
    }
  }

  private static void mounts(Session session, ParseResult arguments, ContainerSpec.Draft draft)
      throws UsageException {
    for (String word : Options.list(arguments, VOLUME)) {
      draft.mount(MountWords.volume(session, word));
    }
    for (String word : Options.list(arguments, MOUNT)) {
      draft.mount(MountWords.mount(session, word));
    }
    for (String word : Options.list(arguments, TMPFS)) {
      draft.mount(MountWords.tmpfs(word));
    }
  }

  private static Sharing sharing(ParseResult arguments) throws UsageException {
    return new Sharing(
        isHost(arguments, PID),
        isHost(arguments, UTS),
        isHost(arguments, CGROUPNS),
        switch (Options.text(arguments, IPC).orElse("private")) {
          case "private", "" -> Sharing.Ipc.PRIVATE;
          case "shareable" -> Sharing.Ipc.SHAREABLE;
          case "none" -> Sharing.Ipc.NONE;
          case "host" -> Sharing.Ipc.HOST;
          default ->
              throw new UsageException(
                  "invalid IPC mode: " + Options.text(arguments, IPC).orElse(""),
                  "known are private, shareable, none and host");
        });
  }

  private static boolean isHost(ParseResult arguments, String option) throws UsageException {
    String mode = Options.text(arguments, option).orElse("");
    return switch (mode) {
      case "", "private" -> false;
      case "host" -> true;
      default ->
          throw new UsageException("invalid mode for " + option + ": " + mode, "known is host");
    };
  }

  private static ContainerSpec.StopRequest stop(ParseResult arguments) throws UsageException {
    var standard = ContainerSpec.StopRequest.ofImage();
    try {
      return new ContainerSpec.StopRequest(
          Options.text(arguments, STOP_SIGNAL).map(Signal::parse).orElse(standard.signal()),
          Options.text(arguments, STOP_TIMEOUT)
              .map(Integer::parseInt)
              .orElse(standard.timeoutSeconds()));
    } catch (NumberFormatException e) {
      throw new UsageException("invalid number for " + STOP_TIMEOUT, "");
    } catch (IllegalArgumentException e) {
      throw new UsageException(String.valueOf(e.getMessage()), "");
    }
  }
}
