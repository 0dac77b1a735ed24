package jontainers.linux.seccomp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import jontainers.linux.Arch;
import org.junit.jupiter.api.Test;

class FilterTest {
  private static final Action EPERM = Action.errno(1);
  private static final List<Operator> OPERATORS = List.of(Operator.values());
  private static final int MOUNT = 165;

  @Test
  void docker_default_allows_what_programs_need_and_refuses_the_rest() throws IOException {
    var machine = machine("docker-default-amd64.txt", Arch.X86_64);

    for (String name :
        List.of("read", "openat", "execve", "futex", "ptrace", "chroot", "statx", "mseal")) {
      assertThat(run(machine, Abi.X86_64, name)).as(name).isEqualTo(Action.ALLOW);
    }
    for (String name :
        List.of("mount", "umount2", "bpf", "reboot", "unshare", "setns", "init_module", "keyctl")) {
      assertThat(run(machine, Abi.X86_64, name)).as(name).isEqualTo(EPERM);
    }
    assertThat(run(machine, Abi.X86, "mount")).isEqualTo(EPERM);
    assertThat(run(machine, Abi.X86, "stat64")).isEqualTo(Action.ALLOW);
    assertThat(run(machine, Abi.X32, "read")).isEqualTo(Action.ALLOW);
  }

  @Test
  void docker_default_looks_at_arguments() throws IOException {
    var machine = machine("docker-default-amd64.txt", Arch.X86_64);
    long afAlg = 38;
    long afVsock = 40;
    long cloneNewUser = 0x10000000;

    assertThat(run(machine, Abi.X86_64, "socket", 2)).isEqualTo(Action.ALLOW);
    assertThat(run(machine, Abi.X86_64, "socket", 39)).isEqualTo(Action.ALLOW);
    assertThat(run(machine, Abi.X86_64, "socket", afAlg)).isEqualTo(EPERM);
    assertThat(run(machine, Abi.X86_64, "socket", afVsock)).isEqualTo(EPERM);
    assertThat(run(machine, Abi.X86_64, "socket", 1L << 32)).isEqualTo(Action.ALLOW);
    assertThat(run(machine, Abi.X86_64, "clone", 0x01200011)).isEqualTo(Action.ALLOW);
    assertThat(run(machine, Abi.X86_64, "clone", cloneNewUser | 17)).isEqualTo(EPERM);
    assertThat(run(machine, Abi.X86_64, "clone3")).isEqualTo(Filter.ENOSYS);
    assertThat(run(machine, Abi.X86_64, "personality", 0xffffffffL)).isEqualTo(Action.ALLOW);
    assertThat(run(machine, Abi.X86_64, "personality", 0x0040000)).isEqualTo(EPERM);
    assertThat(run(machine, Abi.X86_64, "personality", -1L)).isEqualTo(EPERM);
  }

  @Test
  void a_call_newer_than_the_profile_is_not_there() throws IOException {
    var machine = machine("docker-default-amd64.txt", Arch.X86_64);

    assertThat(new Action(machine.run(Abi.X86_64.audit(), 470, new long[6])))
        .isEqualTo(Filter.ENOSYS);
  }

  @Test
  void a_profile_that_lets_calls_through_lets_new_ones_through() {
    var filter =
        new Filter(Action.ALLOW, Set.of(), Set.of(), List.of(new Rule(List.of("mount"), EPERM)));
    var machine = new BpfMachine(filter.compile(Arch.X86_64).bytes());

    assertThat(machine.run(Abi.X86_64.audit(), 470, new long[6])).isEqualTo(Action.ALLOW.value());
    assertThat(machine.run(Abi.X86_64.audit(), MOUNT, new long[6])).isEqualTo(EPERM.value());
  }

  @Test
  void a_convention_that_is_not_listed_kills() {
    var filter = new Filter(Action.ALLOW, Set.of(Abi.ARM), Set.of(), List.of());
    var machine = new BpfMachine(filter.compile(Arch.X86_64).bytes());

    assertThat(machine.run(Abi.X86_64.audit(), 0, new long[6])).isEqualTo(Action.ALLOW.value());
    for (var abi : List.of(Abi.X86, Abi.ARM, Abi.AARCH64)) {
      assertThat(machine.run(abi.audit(), 0, new long[6])).isEqualTo(Action.KILL_THREAD.value());
    }
    assertThat(machine.run(Abi.X32.audit(), Abi.X32_SYSCALL_BIT, new long[6]))
        .isEqualTo(Action.KILL_THREAD.value());
    assertThat(machine.run(Abi.X86_64.audit(), -1, new long[6]))
        .as("a call that a tracer skips")
        .isEqualTo(Action.ALLOW.value());
  }

  @Test
  void a_rule_for_a_socket_call_also_stands_for_socketcall_of_i386() {
    var filter =
        new Filter(
            Action.ALLOW,
            Set.of(Abi.X86),
            Set.of(),
            List.of(new Rule(List.of("socket", "semop"), EPERM)));
    var machine = new BpfMachine(filter.compile(Arch.X86_64).bytes());

    assertThat(run(machine, Abi.X86, "socket")).isEqualTo(EPERM);
    assertThat(run(machine, Abi.X86, "socketcall", 1)).isEqualTo(EPERM);
    assertThat(run(machine, Abi.X86, "socketcall", 2)).isEqualTo(Action.ALLOW);
    assertThat(run(machine, Abi.X86, "ipc", 1)).isEqualTo(EPERM);
  }

  @Test
  void a_rule_without_comparisons_wins() {
    var filter =
        new Filter(
            EPERM,
            Set.of(),
            Set.of(),
            List.of(
                new Rule(
                    List.of("mount"),
                    Action.TRAP,
                    List.of(new Argument(0, Operator.SCMP_CMP_EQ, 1))),
                new Rule(List.of("mount"), Action.ALLOW),
                new Rule(List.of("mount"), Action.LOG)));
    var machine = new BpfMachine(filter.compile(Arch.X86_64).bytes());

    assertThat(run(machine, Abi.X86_64, "mount", 1)).isEqualTo(Action.ALLOW);
  }

  @Test
  void unknown_names_are_ignored() {
    var filter =
        new Filter(EPERM, Set.of(), Set.of(), List.of(new Rule(List.of("warp"), Action.ALLOW)));

    assertThat(filter.compile(Arch.X86_64).length()).isLessThan(10);
  }

  @Test
  void flags_are_those_of_the_kernel() {
    var filter =
        new Filter(
            EPERM,
            Set.of(),
            Set.of(
                FilterFlag.parse("SECCOMP_FILTER_FLAG_LOG"),
                FilterFlag.SECCOMP_FILTER_FLAG_SPEC_ALLOW),
            List.of());

    assertThat(filter.compile(Arch.X86_64).flags()).isEqualTo(6);
  }

  @Test
  void names_nobody_knows_are_refused() {
    assertThatThrownBy(() -> Abi.parse("SCMP_ARCH_Z80"))
        .hasMessage("no such seccomp architecture: SCMP_ARCH_Z80");
    assertThat(Abi.parse("SCMP_ARCH_S390X")).isEmpty();
    assertThatThrownBy(() -> Action.parse("SCMP_ACT_DENY"))
        .hasMessage("no such seccomp action: SCMP_ACT_DENY");
    assertThatThrownBy(() -> Operator.parse("EQ")).hasMessage("no such seccomp operator: EQ");
    assertThatThrownBy(() -> FilterFlag.parse("X")).hasMessage("no such seccomp flag: X");
    assertThatThrownBy(() -> new Argument(6, Operator.SCMP_CMP_EQ, 0))
        .hasMessage("a system call has no argument 6");
  }

  @Test
  void what_the_kernel_could_not_take_is_refused() {
    assertThatThrownBy(() -> comparing("mount", 513).compile(Arch.X86_64))
        .hasMessage("more than 512 seccomp rules for system call 165");
    assertThat(comparing("mount", 512).compile(Arch.X86_64).length()).isGreaterThan(512);

    var rules = new ArrayList<Rule>();
    for (String name : List.of("read", "write", "open", "stat", "mount", "bpf", "poll", "brk")) {
      rules.addAll(comparing(name, 512).rules());
    }
    assertThatThrownBy(() -> new Filter(EPERM, Set.of(), Set.of(), rules).compile(Arch.X86_64))
        .hasMessage("a seccomp filter of more than 4096 instructions");
  }

  private static Filter comparing(String name, int values) {
    var rules =
        IntStream.range(0, values)
            .mapToObj(i -> new Argument(0, Operator.SCMP_CMP_EQ, (long) i << 32 | name.hashCode()))
            .map(argument -> new Rule(List.of(name), Action.ALLOW, List.of(argument)))
            .toList();
    return new Filter(EPERM, Set.of(), Set.of(), rules);
  }

  @Test
  void the_default_profile_stays_small() throws IOException {
    for (String name : List.of("docker-default-amd64.txt", "docker-default-arm64.txt")) {
      var arch = name.contains("amd64") ? Arch.X86_64 : Arch.AARCH64;
      var filter = ProfileText.resource(name);
      var own = new Filter(filter.defaultAction(), Set.of(), Set.of(), filter.rules());
      System.out.printf(
          "%s: %d instructions, %d for its own convention alone; %.1f executed by a call%n",
          name,
          filter.compile(arch).length(),
          own.compile(arch).length(),
          averageExecuted(filter, arch));

      assertThat(filter.compile(arch).length()).isLessThanOrEqualTo(300);
      assertThat(averageExecuted(filter, arch)).isLessThan(14);
    }
  }

  @Test
  void random_filters_mean_what_their_rules_say() {
    var random = new Random(7);
    for (int i = 0; i < 300; i++) {
      var filter = randomFilter(random);
      var machine = new BpfMachine(filter.compile(Arch.X86_64).bytes());
      assertThat(machine.unreachable()).isZero();
      var values = new ArrayList<>(List.of(0L, -1L));
      for (var rule : filter.rules()) {
        for (var argument : rule.arguments()) {
          long value = argument.value();
          values.addAll(List.of(value, value + 1, value - 1, value ^ 1L << 32, ~value));
          values.add(argument.valueTwo());
        }
      }
      for (int j = 0; j < 2000; j++) {
        long[] arguments = random.ints(6, 0, values.size()).mapToLong(k -> values.get(k)).toArray();
        var abi = j % 2 == 0 ? Abi.X86_64 : Abi.X32;
        int number = MOUNT | abi.bit();
        assertThat(machine.run(abi.audit(), number, arguments))
            .isEqualTo(Meaning.of(filter, "mount", abi, arguments).value());
      }
    }
  }

  private static Filter randomFilter(Random random) {
    var actions = List.of(Action.ALLOW, EPERM, Action.LOG, Action.TRAP);
    var rules = new ArrayList<Rule>();
    for (int i = random.nextInt(8); i >= 0; i--) {
      var arguments = new ArrayList<Argument>();
      for (int j = random.nextInt(4); j > 0; j--) {
        var operator = OPERATORS.get(random.nextInt(OPERATORS.size()));
        arguments.add(new Argument(random.nextInt(3), operator, value(random), value(random)));
      }
      boolean decides = arguments.isEmpty() && random.nextInt(10) > 0;
      if (!decides) {
        rules.add(new Rule(List.of("mount"), actions.get(random.nextInt(4)), arguments));
      }
    }
    return new Filter(actions.get(random.nextInt(4)), EnumSet.of(Abi.X32), Set.of(), rules);
  }

  private static long value(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> random.nextInt(3);
      case 1 -> (long) random.nextInt(3) << 32 | random.nextInt(3);
      case 2 -> random.nextLong();
      default -> -1L >>> random.nextInt(64);
    };
  }

  /// Over all calls that the machine's own convention has and the profile names.
  private static double averageExecuted(Filter filter, Arch arch) {
    var machine = new BpfMachine(filter.compile(arch).bytes());
    var abi = Abi.of(arch);
    var numbers = SyscallNumbers.of(abi);
    return filter.rules().stream()
        .flatMap(rule -> rule.names().stream())
        .mapToInt(name -> numbers.number(name, abi))
        .filter(number -> number >= 0)
        .map(number -> {
          var _ = machine.run(abi.audit(), number, new long[6]);
          return machine.executed();
        })
        .average()
        .orElseThrow();
  }

  private static BpfMachine machine(String profile, Arch arch) throws IOException {
    return new BpfMachine(ProfileText.resource(profile).compile(arch).bytes());
  }

  private static Action run(BpfMachine machine, Abi abi, String name, long... arguments) {
    int number = SyscallNumbers.of(abi).number(name, abi);
    assertThat(number).as(name).isNotEqualTo(-1);
    return new Action(
        machine.run(abi.audit(), number, java.util.Arrays.copyOf(arguments, Argument.COUNT)));
  }
}
