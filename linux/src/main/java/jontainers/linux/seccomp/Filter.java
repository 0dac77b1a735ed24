package jontainers.linux.seccomp;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import jontainers.linux.Arch;
import jontainers.linux.Errno;

/// A filter of system calls in the terms of `linux.seccomp` (config-linux.md), to be compiled.
///
/// The program looks at the convention (seccomp_data.arch) first: a call by one that is not listed
/// kills the thread, as libseccomp's bad-architecture action does. Then it searches the number and,
/// where rules compare arguments, the arguments. See [Decisions] for which rule wins.
///
/// @param defaultAction for calls that no rule matches
/// @param abis the conventions allowed beside the machine's own
/// @param rules names that a convention does not have are ignored there
public record Filter(Action defaultAction, Set<Abi> abis, Set<FilterFlag> flags, List<Rule> rules) {
  static final Action ENOSYS = Action.errno(Errno.ENOSYS.number());
  static final Action BAD_ABI = Action.KILL_THREAD;

  /// Where `struct seccomp_data` has the number and the convention.
  static final int NUMBER = 0;

  static final int ARCH = 4;

  private static final int SKIPPED_BY_TRACER = -1;

  public Filter {
    abis = Set.copyOf(abis);
    flags = Set.copyOf(flags);
    rules = List.copyOf(rules);
  }

  /// Compile for a machine.
  ///
  /// @throws IllegalArgumentException where the kernel could not take so many instructions
  public Program compile(Arch arch) {
    var assembler = new Assembler();
    var own = Abi.of(arch);
    var numbers = SyscallNumbers.of(own);
    // Written from the end: the machine's own convention is last, so that it is nearest.
    var entries = new ArrayList<Entry>();
    for (var abi : Abi.values()) {
      if (abi != own && abi != Abi.X32 && abis.contains(abi) && abi.runsOn(own)) {
        entries.addFirst(new Entry(abi, search(abi, numbers, assembler)));
      }
    }
    entries.addFirst(new Entry(own, own(own, numbers, assembler)));
    int label = assembler.ret(BAD_ABI.value());
    for (var entry : entries.reversed()) {
      label = assembler.branch(Assembler.JEQ, entry.abi.audit(), entry.label, label);
    }
    byte[] bytes = assembler.program(assembler.load(ARCH, label));
    int bits = 0;
    for (var flag : flags) {
      bits |= flag.bit();
    }
    return new Program(bytes, bits);
  }

  private record Entry(Abi abi, int label) {}

  /// Return where a convention's calls go on, its number loaded.
  private int search(Abi abi, SyscallNumbers numbers, Assembler assembler) {
    return assembler.load(NUMBER, new NumberSearch(assembler, abi, this, numbers).label());
  }

  private int own(Abi abi, SyscallNumbers numbers, Assembler assembler) {
    if (abi != Abi.X86_64) {
      return search(abi, numbers, assembler);
    }
    int high = abis.contains(Abi.X32) ? x32(numbers, assembler) : notX32(assembler);
    int low = new NumberSearch(assembler, abi, this, numbers).label();
    return assembler.load(NUMBER, assembler.branch(Assembler.JGE, Abi.X32_SYSCALL_BIT, high, low));
  }

  private int x32(SyscallNumbers numbers, Assembler assembler) {
    return new NumberSearch(assembler, Abi.X32, this, numbers).label();
  }

  /// A tracer skips a call by making its number -1, which is no x32 call (seccomp(2)).
  private int notX32(Assembler assembler) {
    return assembler.branch(
        Assembler.JEQ,
        SKIPPED_BY_TRACER,
        assembler.ret(defaultAction.value()),
        assembler.ret(BAD_ABI.value()));
  }
}
