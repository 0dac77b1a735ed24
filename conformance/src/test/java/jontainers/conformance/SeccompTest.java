package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import jontainers.testkit.ConformanceTest;

/// config-linux.md, Seccomp: what a filter answers, as a program sees it.
///
/// The call that is filtered is mkdir(2), or chmod(2) where an argument matters: any mode can be
/// given to it.
@ConformanceTest
class SeccompTest {
  private static final List<String> MKDIR = List.of("mkdir", "mkdirat");

  /// config-linux#seccomp: defaultAction, and names with an action of their own
  @OnEachRuntime
  void a_rule_answers_for_its_calls(Container container) {
    profile(container, "SCMP_ACT_ALLOW", rule(MKDIR, "SCMP_ACT_ERRNO"));

    var run = container.script("mkdir /a; touch /b && echo made").run();

    assertThat(run.errors()).contains("/a': Operation not permitted");
    assertThat(run.out()).isEqualTo("made\n");
  }

  /// config-linux#seccomp: errnoRet
  @OnEachRuntime
  void the_errno_is_the_one_given(Container container) {
    var rule = rule(MKDIR, "SCMP_ACT_ERRNO");
    rule.put("errnoRet", 28);
    profile(container, "SCMP_ACT_ALLOW", rule);

    assertThat(container.script("mkdir /a").run().errors()).contains("No space left on device");
  }

  /// config-linux#seccomp: errnoRet 0 is a success that does nothing
  @OnEachRuntime
  void errno_zero_is_success(Container container) {
    var rule = rule(MKDIR, "SCMP_ACT_ERRNO");
    rule.put("errnoRet", 0);
    profile(container, "SCMP_ACT_ALLOW", rule);

    assertThat(container.shell("mkdir /a && ls -d /a 2>&1 || echo nothing")).contains("nothing");
  }

  /// config-linux#seccomp: defaultErrnoRet
  @OnEachRuntime
  void the_default_errno_is_the_one_given(Container container) {
    var all = new ArrayList<>(List.of("mkdir", "mkdirat"));
    profile(container, "SCMP_ACT_ERRNO", allowedBut(all));
    container.set("linux.seccomp.defaultErrnoRet", 38);

    assertThat(container.script("mkdir /a").run().errors()).contains("Function not implemented");
  }

  /// config-linux#seccomp: SCMP_ACT_KILL_PROCESS, SCMP_ACT_KILL, SCMP_ACT_KILL_THREAD,
  /// SCMP_ACT_TRAP
  @OnEachRuntime
  void the_action_may_be_a_signal(Containers containers) {
    for (String action :
        List.of(
            "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_TRAP")) {
      var container = containers.another();
      profile(container, "SCMP_ACT_ALLOW", rule(MKDIR, action));

      assertThat(container.shell("(mkdir /a); echo $?")).as(action).startsWith("159"); // SIGSYS
    }
  }

  /// config-linux#seccomp: SCMP_ACT_LOG allows, SCMP_ACT_TRACE without a tracer is ENOSYS
  @OnEachRuntime
  void log_allows_and_trace_needs_a_tracer(Containers containers) {
    var log = containers.another();
    profile(log, "SCMP_ACT_ALLOW", rule(MKDIR, "SCMP_ACT_LOG"));
    assertThat(log.shell("mkdir /a && echo made")).isEqualTo("made");

    var trace = containers.another();
    profile(trace, "SCMP_ACT_ALLOW", rule(MKDIR, "SCMP_ACT_TRACE"));
    assertThat(trace.script("mkdir /a").run().errors()).contains("Function not implemented");
  }

  /// config-linux#seccomp: op, with value and valueTwo
  @OnEachRuntime
  void each_operator_compares(Containers containers) {
    var expected =
        Map.of(
            "SCMP_CMP_EQ", "-+-",
            "SCMP_CMP_NE", "+-+",
            "SCMP_CMP_LT", "-++",
            "SCMP_CMP_LE", "--+",
            "SCMP_CMP_GE", "+--",
            "SCMP_CMP_GT", "++-");
    // "-" is refused, of the modes 0400, 0500 and 0600, compared with 0500
    expected.forEach((operator, answers) -> {
      var container = containers.another();
      profile(container, "SCMP_ACT_ALLOW", chmod(operator, 0500, 0));
      String wanted =
          operator.equals("SCMP_CMP_EQ") ? "+-+" : operator.equals("SCMP_CMP_NE") ? "-+-" : answers;
      assertThat(
              container.shell(
                  "touch /f; for m in 400 500 600; do chmod $m /f 2>/dev/null && printf + || printf -; done"))
          .as(operator)
          .isEqualTo(wanted);
    });
  }

  /// config-linux#seccomp: SCMP_CMP_MASKED_EQ, value is the mask, valueTwo what is left
  @OnEachRuntime
  void a_masked_argument_is_compared(Container container) {
    profile(container, "SCMP_ACT_ALLOW", chmod("SCMP_CMP_MASKED_EQ", 0007, 0002));

    assertThat(
            container.shell(
                "touch /f; for m in 602 702 606 600; do chmod $m /f 2>/dev/null && printf + || printf -; done"))
        .isEqualTo("--++");
  }

  /// config-linux#seccomp: all args of a rule must match, one of several rules is enough
  @OnEachRuntime
  void arguments_are_joined_by_and_rules_by_or(Container container) {
    var both = chmod("SCMP_CMP_GE", 0400, 0);
    both.put(
        "args",
        List.of(
            Json.object("index", 1, "value", 0400, "op", "SCMP_CMP_GE"),
            Json.object("index", 2, "value", 0, "op", "SCMP_CMP_GE")));
    profile(container, "SCMP_ACT_ALLOW", both, chmod("SCMP_CMP_EQ", 0111, 0));

    assertThat(
            container.shell(
                "touch /f; for m in 111 222 444; do chmod $m /f 2>/dev/null && printf + || printf -; done"))
        .isEqualTo("-+-");
  }

  /// config-linux#seccomp: a name that this kernel does not know is ignored
  @OnEachRuntime
  void an_unknown_call_is_ignored(Container container) {
    profile(
        container,
        "SCMP_ACT_ALLOW",
        rule(List.of("bogus_call", "mkdir", "mkdirat"), "SCMP_ACT_ERRNO"));

    assertThat(container.script("mkdir /a").run().errors()).contains("Operation not permitted");
  }

  @OnEachRuntime
  void an_unknown_action_or_operator_is_refused(Containers containers) {
    var action = containers.another();
    profile(action, "SCMP_ACT_BOGUS");
    assertThat(action.script("true").run().code()).isEqualTo(1);

    var operator = containers.another();
    profile(operator, "SCMP_ACT_ALLOW", chmod("SCMP_CMP_BOGUS", 1, 0));
    assertThat(operator.script("true").run().code()).isEqualTo(1);
  }

  /// config-linux#seccomp: flags
  @OnEachRuntime(differs = "runc 1.1: knows fewer flags")
  void flags_are_taken(Container container) {
    profile(container, "SCMP_ACT_ALLOW", rule(MKDIR, "SCMP_ACT_ERRNO"));
    container.set(
        "linux.seccomp.flags",
        List.of("SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"));

    assertThat(container.script("mkdir /a").run().errors()).contains("Operation not permitted");
  }

  /// The filter holds for processes of exec, too.
  @OnEachRuntime
  void exec_is_filtered(Container container) {
    profile(container, "SCMP_ACT_ALLOW", rule(MKDIR, "SCMP_ACT_ERRNO"));
    container.up();

    assertThat(container.exec("mkdir", "/a").errors()).contains("Operation not permitted");
    assertThat(container.exec("grep", "Seccomp:", "/proc/self/status").text())
        .isEqualTo("Seccomp:\t2");
  }

  /// Without noNewPrivileges the filter is loaded while there are privileges.
  @OnEachRuntime
  void a_filter_needs_no_no_new_privileges(Container container) {
    container.set("process.noNewPrivileges", false);
    profile(container, "SCMP_ACT_ALLOW", rule(MKDIR, "SCMP_ACT_ERRNO"));

    assertThat(container.shell("grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status"))
        .isEqualTo("NoNewPrivs:\t0\nSeccomp:\t2");
  }

  /// oci-cli: the runtime itself would wait for the answer
  @OnEachRuntime(differs = "crun 1.8, 1.28: tries it")
  void write_cannot_be_notified(Container container) {
    profile(container, "SCMP_ACT_ALLOW", rule(List.of("write"), "SCMP_ACT_NOTIFY"));
    container.set("linux.seccomp.listenerPath", "/run/nobody.sock");

    var run = container.script("true").run();

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.errors()).contains("SCMP_ACT_NOTIFY cannot be used for the write syscall");
  }

  /// oci-cli: an agent that is not there
  @OnEachRuntime
  void a_missing_agent_is_an_error(Container container) {
    profile(container, "SCMP_ACT_ALLOW", rule(MKDIR, "SCMP_ACT_NOTIFY"));
    container.set("linux.seccomp.listenerPath", "/run/nobody.sock");

    assertThat(container.script("true").run().code()).isEqualTo(1);
  }

  /// config-linux#seccomp: listenerPath is sent the descriptor and the container process state
  @OnEachRuntime
  void an_agent_is_sent_the_descriptor_and_answers(Container container) throws Exception {
    Programs.need("python3", "python3");
    var script = Resources.copy("agent.py", container.bundle());
    var socket = container.bundle().resolve("agent.sock");
    profile(container, "SCMP_ACT_ALLOW", rule(MKDIR, "SCMP_ACT_NOTIFY"));
    container
        .set("linux.seccomp.listenerPath", socket.toString())
        .set("linux.seccomp.listenerMetadata", "of mine");
    var agent = Command.of("python3", script.toString(), socket.toString());
    var answer = java.util.concurrent.CompletableFuture.supplyAsync(agent::run);
    Await.exists(socket);

    assertThat(container.script("mkdir /a").run().errors()).contains("Not a directory");

    var state = Json.parse(answer.get().succeeded().out());
    assertThat(state.get("fds")).isEqualTo(List.of("seccompFd"));
    assertThat(state.text("metadata")).isEqualTo("of mine");
    assertThat(state.number("pid")).isPositive();
    assertThat(state.text("state.id")).isEqualTo(container.id());
    assertThat(state.text("state.status")).isEqualTo("creating");
  }

  /// The runtime closes descriptors itself before the program begins: nobody could answer for them.
  @OnEachRuntime
  void close_can_be_notified(Container container) throws Exception {
    Programs.need("python3", "python3");
    var script = Resources.copy("agent.py", container.bundle());
    var socket = container.bundle().resolve("agent.sock");
    profile(container, "SCMP_ACT_ALLOW", rule(List.of("close"), "SCMP_ACT_NOTIFY"));
    container.set("linux.seccomp.listenerPath", socket.toString());
    var agent = Command.of("python3", script.toString(), socket.toString(), "all");
    var answer = java.util.concurrent.CompletableFuture.supplyAsync(agent::run);
    Await.exists(socket);

    var run = container.script("exec 3</dev/null; exec 3<&-; echo $?").run();

    assertThat(run.succeeded().text()).isEqualTo("0");
    assertThat(answer.get().succeeded().lines()).contains("ended");
  }

  private static void profile(Container container, String defaultAction, Object... rules) {
    container.setObject(
        "linux.seccomp",
        "defaultAction",
        defaultAction,
        "architectures",
        List.of("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_AARCH64"),
        "syscalls",
        List.of(rules));
  }

  private static Map<String, Object> rule(List<String> names, String action) {
    return Json.object("names", names, "action", action);
  }

  /// Refuse chmod(2) with a mode.
  private static Map<String, Object> chmod(String operator, int value, int valueTwo) {
    var rule = rule(List.of("chmod"), "SCMP_ACT_ERRNO");
    rule.put(
        "args",
        List.of(Json.object("index", 1, "value", value, "valueTwo", valueTwo, "op", operator)));
    return rule;
  }

  /// Allow what busybox and runtimes need, of the names of this kernel but some.
  private static Map<String, Object> allowedBut(List<String> names) {
    return rule(
        Resources.text("syscalls.txt").lines().filter(name -> !names.contains(name)).toList(),
        "SCMP_ACT_ALLOW");
  }
}
