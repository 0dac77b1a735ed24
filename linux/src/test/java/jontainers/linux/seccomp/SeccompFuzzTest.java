package jontainers.linux.seccomp;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import jontainers.linux.Arch;
import jontainers.testkit.Choices;
import jontainers.testkit.Inputs;
import org.junit.jupiter.api.Test;

/// A compiled filter answers every call as its rules say, and is one that the kernel takes.
class SeccompFuzzTest {
  private static final List<Action> ACTIONS =
      List.of(
          Action.ALLOW,
          Action.errno(1),
          Action.KILL_PROCESS,
          Action.KILL_THREAD,
          Action.LOG,
          Action.NOTIFY,
          Action.TRAP,
          Action.trace(7));
  private static final List<String> NAMES =
      X86Numbers.text().lines().map(line -> line.substring(0, line.indexOf(' '))).toList();
  private static final SyscallNumbers NUMBERS = SyscallNumbers.of(Abi.X86_64);
  private static final int SOCKETCALL = 102;
  private static final int IPC = 117;

  @Test
  void random_filters_answer_as_their_rules_say() throws Exception {
    Inputs.run(SeccompFuzzTest.class, "filters", 3_000, this::filters);
  }

  /// @param input decisions about a filter, then about calls
  @FuzzTest
  void filters(byte[] input) {
    var choices = new Choices(input);
    var values = new ArrayList<>(List.of(0L, 1L, -1L, 1L << 32, 0xffffffffL));
    var filter = filter(choices, values);
    var machine = new BpfMachine(filter.compile(Arch.X86_64).bytes());
    assertThat(machine.unreachable()).isZero();
    for (int calls = 0; calls < 64; calls++) {
      var name = choices.of(filter.rules().isEmpty() ? NAMES : named(filter, choices));
      var abi = choices.of(List.of(Abi.X86_64, Abi.X32, Abi.X86));
      int number = NUMBERS.number(name, abi);
      if (number == -1 || (abi == Abi.X86 && (number == SOCKETCALL || number == IPC))) {
        continue;
      }
      var arguments = new long[Argument.COUNT];
      for (int i = 0; i < arguments.length; i++) {
        arguments[i] = choices.of(values) + choices.below(3) - 1;
      }
      assertThat(new Action(machine.run(abi.audit(), number, arguments)))
          .as("%s of %s with %s in %s", name, abi, arguments, filter)
          .isEqualTo(expected(filter, name, number, abi, arguments));
    }
  }

  private static Action expected(
      Filter filter, String name, int number, Abi abi, long... arguments) {
    if (abi != Abi.X86_64 && !filter.abis().contains(abi)) {
      return Filter.BAD_ABI;
    }
    int newest =
        filter.rules().stream()
            .flatMap(rule -> rule.names().stream())
            .mapToInt(n -> NUMBERS.number(n, abi))
            .max()
            .orElse(-1);
    if (newest != -1 && number > newest && !filter.defaultAction().isPermissive()) {
      return Filter.ENOSYS;
    }
    return Meaning.of(filter, name, abi, arguments);
  }

  private static List<String> named(Filter filter, Choices choices) {
    return choices.below(4) == 0
        ? NAMES
        : filter.rules().get(choices.below(filter.rules().size())).names();
  }

  private static Filter filter(Choices choices, List<Long> values) {
    var abis = EnumSet.noneOf(Abi.class);
    for (var abi : Abi.values()) {
      if (choices.below(2) == 1) {
        abis.add(abi);
      }
    }
    var defaultAction = choices.of(ACTIONS);
    var rules = new ArrayList<Rule>();
    for (int i = choices.below(24); i > 0; i--) {
      var names = new ArrayList<String>();
      for (int j = choices.below(4); j >= 0; j--) {
        names.add(choices.of(NAMES));
      }
      var arguments = new ArrayList<Argument>();
      for (int j = choices.below(4); j > 0; j--) {
        long value = value(choices);
        long second = value(choices);
        values.addAll(List.of(value, second, ~value, value ^ 1L << 32));
        arguments.add(
            new Argument(
                choices.below(Argument.COUNT),
                choices.of(List.of(Operator.values())),
                value,
                second));
      }
      rules.add(new Rule(names, choices.of(ACTIONS), arguments));
    }
    return new Filter(defaultAction, abis, Set.of(), rules);
  }

  private static long value(Choices choices) {
    return switch (choices.below(4)) {
      case 0 -> choices.below(4);
      case 1 -> choices.number(4);
      case 2 -> 1L << choices.below(64);
      default -> choices.number(8);
    };
  }
}
