package jontainers.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import jontainers.linux.RawText;
import jontainers.network.IpText;
import jontainers.oci.Memory;

/// Find everything that is wrong with a request before the host is touched.
final class SpecChecks {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]+");
  private static final Pattern HOSTNAME =
      Pattern.compile(
          "[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*");

  /// sethostname(2): HOST_NAME_MAX.
  private static final int HOSTNAME_LIMIT = 64;

  private static final Pattern MAC = Pattern.compile("([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}");
  private static final long MEMORY_MINIMUM = 6L << 20;

  private SpecChecks() {}

  /// Refuse a request that is not sound, its image's part included.
  static void require(ContainerSpec spec) throws EngineException {
    var problems = new ArrayList<String>();
    if (spec.command().isEmpty() || spec.command().getFirst().isEmpty()) {
      problems.add("no command specified");
    }
    problems.addAll(problems(spec));
    if (!problems.isEmpty()) {
      throw new EngineException(EngineException.Category.INVALID, problems);
    }
  }

  /// Return one sentence for each problem of what is said; what is not said an image may say.
  static List<String> problems(ContainerSpec spec) {
    var problems = new ArrayList<String>();
    spec.command().stream()
        .filter(SpecChecks::hasNul)
        .forEach(a -> problems.add("a NUL byte in argument \"" + shown(a) + "\""));
    spec.name()
        .filter(name -> !NAME.matcher(name).matches())
        .ifPresent(name ->
            problems.add(
                "invalid container name \""
                    + shown(name)
                    + "\": only [a-zA-Z0-9][a-zA-Z0-9_.-]"
                    + " are allowed, two characters at least"));
    spec.hostname()
        .filter(name -> name.length() > HOSTNAME_LIMIT || !HOSTNAME.matcher(name).matches())
        .ifPresent(name -> problems.add("invalid hostname \"" + shown(name) + "\""));
    for (String variable : spec.environment()) {
      if (hasNul(variable)) {
        problems.add("a NUL byte in variable \"" + shown(variable) + "\"");
      } else if (variable.isEmpty() || variable.startsWith("=")) {
        problems.add("invalid environment variable: \"" + variable + "\"");
      }
    }
    if (!spec.workingDirectory().isEmpty() && !spec.workingDirectory().startsWith("/")) {
      problems.add(
          "the working directory \""
              + spec.workingDirectory()
              + "\" is invalid: it needs to be"
              + " an absolute path");
    }
    if (hasNul(spec.workingDirectory())) {
      problems.add("a NUL byte in the working directory");
    }
    problems.addAll(spec.security().problems());
    spec.mounts().forEach(mount -> mount(mount, problems));
    network(spec.network(), problems);
    sharing(spec, problems);
    userNamespace(spec, problems);
    limits(spec.limits(), problems);
    return List.copyOf(problems);
  }

  private static void mount(FileMount mount, List<String> problems) {
    String target = mount.target();
    if (!target.startsWith("/") || hasNul(target)) {
      problems.add(
          "invalid mount target \"" + shown(target) + "\": it needs to be an absolute path");
    } else if (RawText.path(target).normalize().getNameCount() == 0) {
      problems.add("invalid mount target \"" + target + "\": it is the container's root");
    }
    if (mount instanceof FileMount.Bind bind && !bind.source().isAbsolute()) {
      problems.add(
          "invalid mount source \"" + RawText.of(bind.source()) + "\": it is not absolute");
    }
  }

  private static void network(NetworkSettings network, List<String> problems) {
    if (network.mode() != NetworkMode.BRIDGE) {
      network
          .address()
          .ifPresent(a -> problems.add("an address of its own needs the network bridge"));
      network.mac().ifPresent(m -> problems.add("a MAC address needs the network bridge"));
    }
    network
        .mac()
        .filter(mac -> !MAC.matcher(mac).matches())
        .ifPresent(mac -> problems.add("invalid MAC address: \"" + shown(mac) + "\""));
    network.dns().stream()
        .filter(server -> IpText.parse(server).isEmpty())
        .forEach(server -> problems.add("invalid name server: \"" + shown(server) + "\""));
    for (String line : network.dnsSearch()) {
      word(line, "search domain", problems);
    }
    for (String line : network.dnsOptions()) {
      word(line, "resolver option", problems);
    }
    for (String entry : network.extraHosts()) {
      int colon = entry.indexOf(':');
      String address = entry.substring(colon + 1);
      if (colon <= 0
          || !(address.equals(NetworkSettings.HOST_GATEWAY) || IpText.parse(address).isPresent())
          || entry.chars().anyMatch(Character::isWhitespace)) {
        problems.add("invalid host entry: \"" + shown(entry) + "\": expected as NAME:ADDRESS");
      }
    }
  }

  /// A line end in a word would be a line of its own in the file.
  private static void word(String text, String what, List<String> problems) {
    if (text.isEmpty() || text.chars().anyMatch(c -> c <= ' ')) {
      problems.add("invalid " + what + ": \"" + shown(text) + "\"");
    }
  }

  private static void sharing(ContainerSpec spec, List<String> problems) {
    if (spec.sharing().uts()) {
      spec.hostname()
          .ifPresent(
              h -> problems.add("conflicting options: hostname and the host's UTS namespace"));
      spec.domainname()
          .ifPresent(
              d -> problems.add("conflicting options: domain name and the host's UTS namespace"));
    }
    for (String name : spec.limits().sysctls().keySet()) {
      if (name.startsWith("net.") && spec.network().mode() == NetworkMode.HOST) {
        problems.add("sysctl \"" + name + "\" is not allowed with the host's network");
      }
    }
  }

  /// What belongs to the host's users is not for root of another namespace.
  private static void userNamespace(ContainerSpec spec, List<String> problems) {
    spec.userMapping().ifPresent(mapping -> problems.addAll(mapping.problems()));
    if (spec.userMapping().isEmpty()) {
      spec.mounts().stream()
          .filter(mount -> mount instanceof FileMount.Bind bind && bind.mapped())
          .forEach(mount ->
              problems.add("idmap of " + mount.target() + " needs a user namespace (--userns)"));
      return;
    }
    if (spec.security().privileged()) {
      problems.add("privileged mode is incompatible with user namespaces");
    }
    if (spec.sharing().pid()) {
      problems.add("the host's PID namespace cannot be shared with a user namespace");
    }
    if (spec.sharing().ipc() == Sharing.Ipc.HOST) {
      problems.add("the host's IPC namespace cannot be shared with a user namespace");
    }
    if (spec.sharing().cgroup()) {
      problems.add("the host's cgroup namespace cannot be shared with a user namespace");
    }
  }

  private static void limits(Limits limits, List<String> problems) {
    limits
        .oomScoreAdj()
        .filter(value -> value < -1000 || value > 1000)
        .ifPresent(
            value -> problems.add("invalid OOM score: " + value + ": the range is -1000 to 1000"));
    if (limits.shmSize() <= 0) {
      problems.add("the size of /dev/shm must be more than 0");
    }
    var memory = limits.resources().memory();
    if (memory != null) {
      memory(memory, problems);
    }
    var cpu = limits.resources().cpu();
    if (cpu != null && cpu.period() != null && (cpu.period() < 1000 || cpu.period() > 1_000_000)) {
      problems.add("the CPU period " + cpu.period() + " is not in 1000 to 1000000 microseconds");
    }
    if (cpu != null && cpu.quota() != null && cpu.quota() >= 0 && cpu.quota() < 1000) {
      problems.add("the CPU quota " + cpu.quota() + " is less than 1000 microseconds");
    }
    limits
        .cgroupParent()
        .filter(parent ->
            RawText.path("/" + parent).normalize().getNameCount() == 0
                || parent.contains("..")
                || hasNul(parent))
        .ifPresent(parent -> problems.add("invalid cgroup parent: \"" + shown(parent) + "\""));
  }

  private static void memory(Memory memory, List<String> problems) {
    Long limit = memory.limit();
    if (limit != null && limit >= 0 && limit < MEMORY_MINIMUM) {
      problems.add("the minimum of memory is 6 MiB, not " + limit + " bytes");
    }
    Long swap = memory.swap();
    if (swap != null && swap >= 0 && limit == null) {
      problems.add("a limit of swap needs one of memory");
    }
    if (swap != null && swap >= 0 && limit != null && swap < limit) {
      problems.add("the limit of memory and swap together is less than that of memory alone");
    }
    Long reservation = memory.reservation();
    if (reservation != null && limit != null && limit >= 0 && reservation > limit) {
      problems.add("the memory reservation is more than the limit");
    }
  }

  private static boolean hasNul(String text) {
    return text.indexOf('\0') >= 0;
  }

  private static String shown(String text) {
    return text.replace("\0", "\\0");
  }
}
