package jontainers.cli;

import java.util.Optional;
import java.util.OptionalInt;
import jontainers.engine.Engine;
import jontainers.engine.EngineException;
import jontainers.network.Cidr;
import jontainers.network.NetworkException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `jontainers start`: prepare the host and say what was done.
final class StartCommand implements Command {
  private static final String SUBNET = "--subnet";
  private static final String MTU = "--mtu";

  @Override
  public Verb verb() {
    return Verb.START;
  }

  @Override
  public CommandSpec spec() {
    var spec = Options.command(verb());
    spec.addOption(Options.value("CIDR", "Subnet of the bridge (default 172.19.80.0/24)", SUBNET));
    spec.addOption(Options.value("BYTES", "Longest packet (default that of the uplink)", MTU));
    return spec;
  }

  @Override
  public int run(Session session, Global global, ParseResult arguments)
      throws EngineException, UsageException {
    Optional<Cidr> subnet = Optional.empty();
    String text = arguments.matchedOptionValue(SUBNET, "");
    if (!text.isEmpty()) {
      try {
        subnet = Optional.of(Cidr.parse(text));
      } catch (NetworkException e) {
        throw new UsageException(String.valueOf(e.getMessage()), e.hint().orElse(""));
      }
    }
    try (var engine = Engine.open(global.root())) {
      engine.prepareNetwork(subnet, mtu(arguments)).forEach(session.out()::println);
    }
    return 0;
  }

  private static OptionalInt mtu(ParseResult arguments) throws UsageException {
    String text = arguments.matchedOptionValue(MTU, "");
    try {
      return text.isEmpty() ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(text));
    } catch (NumberFormatException e) {
      throw new UsageException("invalid number for " + MTU + ": " + text, "");
    }
  }
}
