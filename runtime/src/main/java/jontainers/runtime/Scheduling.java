package jontainers.runtime;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import jontainers.oci.IoPriority;
import jontainers.oci.MemoryPolicy;
import jontainers.oci.Personality;
import jontainers.oci.Scheduler;
import jontainers.runtime.step.ProcessStep;
import org.jspecify.annotations.Nullable;

/// What of the machine a process gets, from the names of a specification to the kernel's numbers.
final class Scheduling {
  private static final Map<String, Integer> POLICIES =
      Map.of(
          "SCHED_OTHER", 0,
          "SCHED_FIFO", 1,
          "SCHED_RR", 2,
          "SCHED_BATCH", 3,
          "SCHED_ISO", 4,
          "SCHED_IDLE", 5,
          "SCHED_DEADLINE", 6);

  private static final Map<String, Long> FLAGS =
      Map.of(
          "SCHED_FLAG_RESET_ON_FORK", 1L,
          "SCHED_FLAG_RECLAIM", 2L,
          "SCHED_FLAG_DL_OVERRUN", 4L,
          "SCHED_FLAG_KEEP_POLICY", 8L,
          "SCHED_FLAG_KEEP_PARAMS", 0x10L,
          "SCHED_FLAG_UTIL_CLAMP_MIN", 0x20L,
          "SCHED_FLAG_UTIL_CLAMP_MAX", 0x40L);

  private static final Map<String, Integer> CLASSES =
      Map.of("IOPRIO_CLASS_RT", 1, "IOPRIO_CLASS_BE", 2, "IOPRIO_CLASS_IDLE", 3);

  private static final Map<String, Long> MEMORY_MODES =
      Map.of(
          "MPOL_DEFAULT", 0L,
          "MPOL_PREFERRED", 1L,
          "MPOL_BIND", 2L,
          "MPOL_INTERLEAVE", 3L,
          "MPOL_LOCAL", 4L,
          "MPOL_PREFERRED_MANY", 5L,
          "MPOL_WEIGHTED_INTERLEAVE", 6L);

  private static final Map<String, Long> MEMORY_FLAGS =
      Map.of(
          "MPOL_F_STATIC_NODES", 0x8000L,
          "MPOL_F_RELATIVE_NODES", 0x4000L,
          "MPOL_F_NUMA_BALANCING", 0x2000L);

  private static final int MOST = 8192;

  private Scheduling() {}

  static List<String> memoryModes() {
    return MEMORY_MODES.keySet().stream().sorted().toList();
  }

  static List<String> memoryFlags() {
    return MEMORY_FLAGS.keySet().stream().sorted().toList();
  }

  static ProcessStep.SetScheduler scheduler(Scheduler scheduler) throws StartException {
    long flags = 0;
    for (String flag : scheduler.flags()) {
      flags |= known(FLAGS, flag, "scheduler flag");
    }
    return new ProcessStep.SetScheduler(
        known(POLICIES, scheduler.policy(), "scheduler policy"),
        scheduler.policy(),
        flags,
        scheduler.nice(),
        scheduler.priority(),
        scheduler.runtime(),
        scheduler.deadline(),
        scheduler.period());
  }

  static ProcessStep.SetIoPriority ioPriority(IoPriority priority) throws StartException {
    return new ProcessStep.SetIoPriority(
        known(CLASSES, priority.ioClass(), "class of I/O priority"),
        priority.ioClass(),
        priority.priority());
  }

  static ProcessStep.SetMemoryPolicy memoryPolicy(MemoryPolicy policy) throws StartException {
    String name = String.valueOf(policy.mode());
    long mode = known(MEMORY_MODES, name, "memory policy");
    for (String flag : policy.flags()) {
      mode |= known(MEMORY_FLAGS, flag, "flag of a memory policy");
    }
    String nodes = policy.nodes();
    return new ProcessStep.SetMemoryPolicy(
        mode, name, nodes == null || nodes.isEmpty() ? List.of() : mask(nodes));
  }

  static ProcessStep.SetPersonality personality(Personality personality) throws StartException {
    long persona = known(Map.of("LINUX", 0L, "LINUX32", 8L), personality.domain(), "personality");
    if (!personality.flags().isEmpty()) {
      throw new StartException("flags of a personality are not supported", "leave them out");
    }
    return new ProcessStep.SetPersonality(persona, "PER_" + personality.domain());
  }

  static ProcessStep.SetAffinity affinity(String processors) throws StartException {
    return new ProcessStep.SetAffinity(processors, mask(processors));
  }

  /// All processors: the kernel takes those of them that the cgroup has (cpuset(7)). A caller's own
  /// choice is not the container's.
  static ProcessStep.SetAffinity everyProcessor() {
    return new ProcessStep.SetAffinity("of the cgroup", Collections.nCopies(MOST / 64, -1L));
  }

  /// Read a list such as `0-3,7`: cpuset(7), "List format".
  static List<Long> mask(String list) throws StartException {
    var words = new ArrayList<Long>();
    for (String range : list.strip().split(",", -1)) {
      String[] ends = range.strip().split("-", 2);
      try {
        int first = Integer.parseInt(ends[0]);
        int last = Integer.parseInt(ends[ends.length - 1]);
        if (first < 0 || last < first || last >= MOST) {
          throw new NumberFormatException(range);
        }
        for (int number = first; number <= last; number++) {
          while (words.size() <= number / 64) {
            words.add(0L);
          }
          words.set(number / 64, words.get(number / 64) | 1L << (number % 64));
        }
      } catch (NumberFormatException e) {
        throw new StartException(
            StartException.Kind.ENGINE,
            "\"" + list + "\" is no list of numbers",
            "it looks like 0-3,7",
            e);
      }
    }
    return words;
  }

  private static <T> T known(Map<String, T> names, @Nullable String name, String what)
      throws StartException {
    T number = name == null ? null : names.get(name);
    if (number == null) {
      throw new StartException(
          "unknown " + what + ": " + name,
          "known are " + String.join(", ", names.keySet().stream().sorted().toList()));
    }
    return number;
  }
}
