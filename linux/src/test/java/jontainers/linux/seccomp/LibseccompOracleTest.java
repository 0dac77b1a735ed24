package jontainers.linux.seccomp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import jontainers.linux.Arch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Compare our programs with libseccomp's, call by call, in an interpreter.
@Tag("conformance")
class LibseccompOracleTest {
  /// Calls that this machine's libseccomp does not place where newer kernels do.
  private static final Set<String> MOVED = Set.of("map_shadow_stack", "uretprobe", "uprobe");

  @TempDir static Path directory;
  private static Path oracle;

  private final Random random = new Random(20260101);

  @BeforeAll
  static void compileTheOracle() throws IOException, InterruptedException {
    oracle = directory.resolve("oracle");
    var source = directory.resolve("oracle.c");
    try (var stream = LibseccompOracleTest.class.getResourceAsStream("oracle.c")) {
      Files.write(source, Objects.requireNonNull(stream).readAllBytes());
    }
    int status;
    try {
      status =
          new ProcessBuilder("gcc", "-o", oracle.toString(), source.toString(), "-lseccomp")
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("gcc.log").toFile())
              .start()
              .waitFor();
    } catch (IOException e) {
      status = -1;
    }
    assumeTrue(status == 0, "needs gcc and libseccomp-dev");
  }

  @Test
  void the_default_profile_answers_as_libseccomp_does() throws Exception {
    var filter = ProfileText.resource("docker-default-amd64.txt");

    int theirs = compare(filter, Arch.X86_64, 200_000);

    int ours = filter.compile(Arch.X86_64).length();
    System.out.println("default profile: " + ours + " instructions, libseccomp " + theirs);
    assertThat(ours).isLessThan(theirs);
    compare(ProfileText.resource("docker-default-arm64.txt"), Arch.AARCH64, 50_000);
  }

  @Test
  void random_profiles_answer_as_libseccomp_does() throws Exception {
    for (int i = 0; i < 120; i++) {
      compare(randomFilter(Arch.X86_64), Arch.X86_64, 2000);
      compare(randomFilter(Arch.AARCH64), Arch.AARCH64, 1000);
    }
  }

  /// Return the length of libseccomp's program.
  private int compare(Filter filter, Arch arch, int cases) throws Exception {
    var known = withoutUnknownNames(filter);
    var theirs = new BpfMachine(oracle(ProfileText.write(known), new ArrayList<>()));
    var bytes = known.compile(arch).bytes();
    var ours = new BpfMachine(bytes);
    assertThat(ours.unreachable()).isZero();
    var numbers = SyscallNumbers.of(Abi.of(arch));
    var values = interestingValues(known);
    for (int i = 0; i < cases; i++) {
      var abi = pick(List.of(Abi.values()));
      int number = randomNumber(abi);
      long[] arguments = new long[6];
      for (int j = 0; j < arguments.length; j++) {
        arguments[j] = pick(values);
      }
      int expected = theirs.run(abi.audit(), number, arguments);
      if (isBeyond(known, arch, abi, number, numbers)) {
        expected = Filter.ENOSYS.value();
      }
      int actual = ours.run(abi.audit(), number, arguments);
      if (actual != expected) {
        throw new AssertionError(
            "%s %#x %s: %#x, libseccomp %#x in%n%s"
                .formatted(
                    abi,
                    number,
                    java.util.Arrays.toString(arguments),
                    actual,
                    expected,
                    ProfileText.write(known)));
      }
    }
    return theirs.length();
  }

  /// What runc puts before libseccomp's program.
  private static boolean isBeyond(
      Filter filter, Arch arch, Abi abi, int number, SyscallNumbers numbers) {
    if (filter.defaultAction().isPermissive() || !abi.runsOn(Abi.of(arch))) {
      return false;
    }
    var actual =
        abi.audit() != Abi.X86_64.audit()
            ? abi
            : Integer.compareUnsigned(number, Abi.X32_SYSCALL_BIT) < 0 ? Abi.X86_64 : Abi.X32;
    if (!filter.abis().contains(actual)) {
      return false;
    }
    int newest =
        filter.rules().stream()
            .flatMap(rule -> rule.names().stream())
            .mapToInt(name -> numbers.number(name, actual))
            .max()
            .orElse(-1);
    return newest != -1 && Integer.compareUnsigned(number, newest) > 0;
  }

  private Filter withoutUnknownNames(Filter filter) throws Exception {
    var unknown = new ArrayList<String>();
    var _ = oracle(ProfileText.write(filter), unknown);
    var rules = new ArrayList<Rule>();
    for (var rule : filter.rules()) {
      var names =
          rule.names().stream()
              .filter(name -> !unknown.contains(name) && !MOVED.contains(name))
              .toList();
      if (!names.isEmpty()) {
        rules.add(new Rule(names, rule.action(), rule.arguments()));
      }
    }
    return new Filter(filter.defaultAction(), filter.abis(), Set.of(), rules);
  }

  private static byte[] oracle(String profile, List<String> unknown) throws Exception {
    var input = directory.resolve("profile");
    var errors = directory.resolve("errors");
    Files.writeString(input, profile);
    var process =
        new ProcessBuilder(oracle.toString())
            .redirectInput(input.toFile())
            .redirectError(errors.toFile())
            .start();
    byte[] program = process.getInputStream().readAllBytes();
    assertThat(process.waitFor())
        .as(Files.readString(errors, StandardCharsets.UTF_8) + profile)
        .isZero();
    unknown.addAll(Files.readAllLines(errors));
    return program;
  }

  /// One action for each name, since libseccomp refuses comparisons that contradict each other; and
  /// several rules of a name only ask for equality of one argument, since libseccomp 2.5.4 compares
  /// others with the wrong half or argument: [FilterTest] has those.
  private Filter randomFilter(Arch arch) {
    var own = Abi.of(arch);
    var abis = EnumSet.of(own);
    for (var abi : Abi.values()) {
      if (abi.runsOn(own) && random.nextBoolean()) {
        abis.add(abi);
      }
    }
    var actions =
        List.of(
            Action.ALLOW,
            Action.errno(1),
            Action.errno(2),
            Action.LOG,
            Action.KILL_PROCESS,
            Action.TRAP,
            Action.trace(7));
    var names = new ArrayList<>(names());
    java.util.Collections.shuffle(names, random);
    var rules = new ArrayList<Rule>();
    for (String name : names.subList(0, random.nextInt(1, names.size()))) {
      var action = pick(actions);
      switch (random.nextInt(10)) {
        case 0 -> rules.add(new Rule(List.of(name), action, conjunction()));
        case 1 -> {
          int index = random.nextInt(6);
          for (int i = random.nextInt(1, 5); i > 0; i--) {
            rules.add(
                new Rule(
                    List.of(name),
                    action,
                    List.of(new Argument(index, Operator.SCMP_CMP_EQ, randomValue()))));
          }
        }
        default -> rules.add(new Rule(List.of(name), action));
      }
    }
    return new Filter(pick(actions), abis, Set.of(), rules);
  }

  private List<Argument> conjunction() {
    var arguments = new ArrayList<Argument>();
    for (int index = random.nextInt(5); index < 6; index += random.nextInt(1, 4)) {
      arguments.add(comparison(index));
    }
    return arguments;
  }

  private Argument comparison(int index) {
    return new Argument(index, pick(List.of(Operator.values())), randomValue(), randomValue());
  }

  private long randomValue() {
    return switch (random.nextInt(5)) {
      case 0 -> random.nextInt(4);
      case 1 -> random.nextInt() & 0xffffffffL;
      case 2 -> (long) random.nextInt(3) << 32 | random.nextInt(3);
      case 3 -> -1L >>> random.nextInt(64);
      default -> 1L << random.nextInt(64);
    };
  }

  private List<Long> interestingValues(Filter filter) {
    var values = new TreeSet<Long>(List.of(0L, 1L, -1L, 1L << 32, 0xffffffffL));
    for (var rule : filter.rules()) {
      for (var argument : rule.arguments()) {
        for (long value : new long[] {argument.value(), argument.valueTwo()}) {
          values.addAll(
              List.of(value, value - 1, value + 1, value ^ 1L << 32, value ^ 1L << 63, ~value));
        }
      }
    }
    return List.copyOf(values);
  }

  private int randomNumber(Abi abi) {
    return switch (random.nextInt(20)) {
      case 0 -> random.nextInt();
      case 1 -> -1;
      case 2 -> random.nextInt(600) | Abi.X32_SYSCALL_BIT;
      case 3 -> 0xf0000 + random.nextInt(8);
      case 4 -> abi == Abi.X86 ? 102 : random.nextInt(600);
      case 5 -> abi == Abi.X86 ? 117 : 56;
      default -> random.nextInt(480) | abi.bit();
    };
  }

  private static List<String> names() {
    return X86Numbers.text().lines().map(line -> line.substring(0, line.indexOf(' '))).toList();
  }

  private <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }
}
