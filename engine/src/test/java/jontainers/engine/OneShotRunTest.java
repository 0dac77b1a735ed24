package jontainers.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jontainers.engine.RunResult.Outcome;
import jontainers.linux.Fd;
import jontainers.linux.Pipe;
import jontainers.linux.Socket;
import jontainers.runtime.Launch;
import jontainers.runtime.StreamKind;
import jontainers.testkit.InVm;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A container that is run to its end in one call: what it reads and writes, and what ends it.
@KernelTest
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class OneShotRunTest {
  private static final RunOptions STANDARD = RunOptions.standard();
  private static final String FOR_EVER = "exec sleep 100000";

  @TempDir Path directory;
  private Path rootfs = Path.of("/");

  @BeforeEach
  void makeBusybox() throws IOException {
    rootfs = Busybox.make(directory);
  }

  /// A thread that feeds a container may see a moment later that nobody reads any more.
  @AfterEach
  void awaitFeeds() throws InterruptedException {
    for (var thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("stdin of ")) {
        thread.join();
      }
    }
  }

  @Test
  void a_program_reads_the_input_and_then_its_end() throws Exception {
    var result = run("cat; echo end", STANDARD.input("one\ntwo\n"));

    assertThat(result.output()).isEqualTo("one\ntwo\nend\n");
    assertThat(result.outcome()).isEqualTo(Outcome.EXITED);
    assertThat(result.succeeded()).isTrue();
  }

  @Test
  void a_program_without_input_reads_nothing() throws Exception {
    assertThat(run("cat; echo end", STANDARD).output()).isEqualTo("end\n");
  }

  /// Both directions are more than a pipe holds.
  @Test
  void much_is_read_and_written_at_the_same_time() throws Exception {
    byte[] much = new byte[8 << 20];
    for (int i = 0; i < much.length; i++) {
      much[i] = (byte) ((i * 31) >>> 3);
    }

    var result = run("exec cat", STANDARD.input(much));

    assertThat(result.stdout()).isEqualTo(much);
  }

  @Test
  void options_with_bytes_are_good_for_many_runs() throws Exception {
    var options = STANDARD.input("again");

    assertThat(run("exec cat", options).output()).isEqualTo("again");
    assertThat(run("exec cat", options).output()).isEqualTo("again");
  }

  @Test
  void a_program_need_not_read_its_input() throws Exception {
    var result = run("echo enough; exit 3", STANDARD.input(new Endless()));

    assertThat(result.output()).isEqualTo("enough\n");
    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.outcome()).isEqualTo(Outcome.EXITED);
    assertThat(result.succeeded()).isFalse();
  }

  @Test
  void output_goes_to_streams_and_not_into_the_result() throws Exception {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();

    var result = run("echo out; echo err >&2", STANDARD.stdout(out).stderr(err));

    assertThat(out.toString(UTF_8)).isEqualTo("out\n");
    assertThat(err.toString(UTF_8)).isEqualTo("err\n");
    assertThat(result.stdout()).isEmpty();
    assertThat(result.stderr()).isEmpty();
  }

  /// Of the host's null device root could change the mode.
  @Test
  void a_program_without_input_has_the_null_device_of_its_own_dev() throws Exception {
    var result = run("stat -L -c %t:%T-%d /proc/self/fd/0; stat -c %t:%T-%d /dev/null", STANDARD);

    assertThat(result.output().lines().distinct()).hasSize(1).first().asString().startsWith("1:3-");
  }

  /// A file is copied, with the offset and the flags that the caller has given it.
  @Test
  void files_are_read_and_written_as_they_are_opened() throws Exception {
    var in = Files.writeString(directory.resolve("in"), "skipped read");
    var out = Files.writeString(directory.resolve("out"), "kept ");
    try (var input = Fd.open(in, Fd.O_RDONLY);
        var output = Fd.open(out, Fd.O_WRONLY | Fd.O_APPEND)) {
      input.read(new byte[8], 0, 8);
      var streams = new Launch.Streams(input, output, output);

      var result =
          run(
              "cat; echo ' written'; echo evil >/proc/self/fd/0",
              RunOptions.attached(StartOptions.of(streams)));

      assertThat(result.succeeded()).isTrue();
    }
    assertThat(in).hasContent("skipped read");
    assertThat(out).hasContent("kept read written\n");
  }

  /// More than a pipe holds, so that nothing is lost at the end.
  @Test
  void much_is_copied_to_a_file() throws Exception {
    var out = directory.resolve("out");
    try (var none = Fd.open(Path.of("/dev/null"), Fd.O_RDONLY);
        var output = Fd.open(out, Fd.O_WRONLY | Fd.O_CREAT, 0600)) {
      run(
          "dd if=/dev/zero bs=1M count=20 2>/dev/null",
          RunOptions.attached(StartOptions.of(new Launch.Streams(none, output, output))));
    }
    assertThat(out).hasSize(20 << 20);
  }

  /// As with `>file 2>&1`: two streams of one open file.
  @Test
  void nothing_is_lost_of_two_streams_of_one_file() throws Exception {
    var out = directory.resolve("out");
    try (var none = Fd.open(Path.of("/dev/null"), Fd.O_RDONLY);
        var output = Fd.open(out, Fd.O_WRONLY | Fd.O_CREAT, 0600);
        var same = Fd.duplicate(output.number(), 0)) {
      run(
          "i=0; while [ $i -lt 2000 ]; do echo out; echo err >&2; i=$((i+1)); done",
          RunOptions.attached(StartOptions.of(new Launch.Streams(none, output, same))));
    }
    var lines = Files.readAllLines(out);
    assertThat(lines).hasSize(4000);
    for (int i = 0; i < lines.size(); i++) { // in the order they were written
      assertThat(lines.get(i)).isEqualTo(i % 2 == 0 ? "out" : "err");
    }
  }

  /// A socket of the host's network can be connected once more, so it is copied; the two ends of a
  /// connection between processes cannot.
  @Test
  void a_socket_of_the_network_is_copied() throws Exception {
    try (var none = Fd.open(Path.of("/dev/null"), Fd.O_RDONLY);
        var socket = Socket.open(Socket.AF_INET, Socket.SOCK_STREAM, 0, "a socket");
        var datagrams = Socket.open(Socket.AF_UNIX, Socket.SOCK_DGRAM, 0, "a socket");
        var pipe = Pipe.open("pipe")) {
      assertThat(StreamKind.of(socket.fd())).isEqualTo(StreamKind.FILE);
      assertThat(StreamKind.of(datagrams.fd())).isEqualTo(StreamKind.FILE);
      assertThat(StreamKind.of(pipe.readEnd())).isEqualTo(StreamKind.PIPE);
      assertThat(StreamKind.of(none)).isEqualTo(StreamKind.NULL);
    }
    var file = directory.resolve("socket");
    try (var listening = Socket.open(Socket.AF_UNIX, Socket.SOCK_STREAM, 0, "a socket")) {
      listening.bind(Socket.unixAddress(file));
      try (var path = Fd.open(file, Fd.O_PATH)) {
        assertThat(StreamKind.of(path)).isEqualTo(StreamKind.FILE);
      }
    }
  }

  @Test
  void what_does_not_fit_on_a_disk_is_an_error() throws Exception {
    try (var none = Fd.open(Path.of("/dev/null"), Fd.O_RDONLY);
        var full = Fd.open(Path.of("/dev/full"), Fd.O_WRONLY)) {
      var options = RunOptions.attached(StartOptions.of(new Launch.Streams(none, full, none)));

      assertThatThrownBy(() -> run("echo lost", options))
          .isInstanceOf(EngineException.class)
          .hasMessageContaining("copy the streams")
          .hasMessageContaining("/dev/full: ENOSPC");
    }
  }

  /// A pipe stands for what a command was called with.
  @Test
  void descriptors_are_the_programs_own() throws Exception {
    try (var in = Pipe.open("in");
        var out = Pipe.open("out")) {
      in.writeEnd().write("one line\n".getBytes(UTF_8), 0, 9);
      in.writeEnd().close();
      var streams = new Launch.Streams(in.readEnd(), out.writeEnd(), out.writeEnd());
      var heard = new ArrayList<String>();

      var result =
          run(
              "cat; exit 4",
              RunOptions.attached(StartOptions.of(streams)).listener(new Hearing(heard)));

      byte[] bytes = new byte[100];
      assertThat(out.readEnd().read(bytes, 0, bytes.length)).isEqualTo(9);
      assertThat(result.exitCode()).isEqualTo(4);
      assertThat(result.stdout()).isEmpty();
      assertThat(heard).containsExactly("started RUNNING", "ended 4");
    }
  }

  private record Hearing(List<String> heard) implements RunListener {
    @Override
    public void started(RunningContainer container) {
      heard.add("started " + container.state().status());
    }

    @Override
    public void ended(RunningContainer container, RunResult result) throws EngineException {
      container.export(OutputStream.nullOutputStream());
      heard.add("ended " + result.exitCode());
    }
  }

  @Test
  void a_run_that_is_attached_has_a_timeout_too() throws Exception {
    try (var none = Fd.open(Path.of("/dev/null"), Fd.O_RDWR)) {
      var attached =
          RunOptions.attached(StartOptions.of(new Launch.Streams(none, none, none)))
              .timeout(Duration.ofSeconds(1));

      assertThat(run(FOR_EVER, attached).outcome()).isEqualTo(Outcome.TIMED_OUT);
      assertThatThrownBy(() -> attached.input("text")).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void a_listener_that_fails_ends_the_run() {
    var failing =
        new RunListener() {
          @Override
          public void started(RunningContainer container) throws IOException {
            throw new IOException("no place for the id");
          }
        };

    assertThatThrownBy(() -> run(FOR_EVER, STANDARD.listener(failing)))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("no place for the id");
  }

  @Test
  void output_arrives_while_the_program_runs() throws Exception {
    var answer = new Answering();

    var result =
        run(
            "echo ready; read word; echo got $word >&2",
            STANDARD.stdout(answer).input(answer.answer()));

    assertThat(result.errors()).isEqualTo("got go\n");
  }

  @Test
  void a_program_is_killed_when_its_time_is_over_and_what_it_wrote_is_kept() throws Exception {
    var result = run("echo begun; " + FOR_EVER, STANDARD.timeout(Duration.ofMillis(500)));

    assertThat(result.outcome()).isEqualTo(Outcome.TIMED_OUT);
    assertThat(result.exitCode()).isEqualTo(137);
    assertThat(result.output()).isEqualTo("begun\n");
    assertThat(result.succeeded()).isFalse();
  }

  /// The children of a program go with it.
  @Test
  void a_program_that_leaves_its_output_to_a_child_is_killed_with_it() throws Exception {
    var result =
        run(
            "(trap '' TERM HUP; " + FOR_EVER + ") & wait",
            STANDARD.timeout(Duration.ofMillis(200)));

    assertThat(result.outcome()).isEqualTo(Outcome.TIMED_OUT);
  }

  @Test
  void a_program_within_its_time_is_not_disturbed() throws Exception {
    for (var time : new Duration[] {Duration.ofHours(1), Duration.ofSeconds(Long.MAX_VALUE)}) {
      assertThat(run("echo here", STANDARD.timeout(time)).succeeded()).isTrue();
    }
  }

  @Test
  void a_program_that_writes_too_much_is_killed() throws Exception {
    var result = run("exec yes", STANDARD.outputLimit(1001));

    assertThat(result.outcome()).isEqualTo(Outcome.TOO_MUCH_OUTPUT);
    assertThat(result.exitCode()).isEqualTo(137);
    assertThat(result.stdout()).hasSize(1001);
  }

  @Test
  void each_stream_has_the_whole_limit_for_itself() throws Exception {
    var options = STANDARD.outputLimit(1000);

    var both = run("yes | head -c 1000; yes | head -c 1000 >&2", options);
    var one = run("yes | head -c 1001 >&2", options);

    assertThat(both.outcome()).isEqualTo(Outcome.EXITED);
    assertThat(both.stdout()).hasSize(1000);
    assertThat(both.stderr()).hasSize(1000);
    assertThat(one.outcome()).isEqualTo(Outcome.TOO_MUCH_OUTPUT);
    assertThat(one.stderr()).hasSize(1000);
  }

  @Test
  @InVm
  void a_program_that_needs_more_memory_than_it_may_have_is_told_from_a_killed_one()
      throws Exception {
    var limited = spec("exec tail -c 400m /dev/zero").limits(Limits.none().memory(16L << 20));

    assertThat(run(limited, STANDARD).outcome()).isEqualTo(Outcome.OUT_OF_MEMORY);
    assertThat(run("kill -KILL $$; true", STANDARD).outcome()).isEqualTo(Outcome.EXITED);
    assertThat(run("(kill -KILL $$); exit 137", STANDARD).outcome()).isEqualTo(Outcome.EXITED);
  }

  @Test
  void an_interruption_ends_the_program_and_the_container_is_kept() throws Exception {
    var interrupting = new Interrupting(Thread.currentThread());
    var kept =
        ContainerSpec.of(RootImage.rootfs(rootfs), "sh", "-c", "echo begun; " + FOR_EVER)
            .network(NetworkMode.NONE)
            .name("kept");

    var result = run(kept, STANDARD.stdout(interrupting));

    assertThat(Thread.interrupted()).isTrue();
    assertThat(result.outcome()).isEqualTo(Outcome.INTERRUPTED);
    assertThat(result.exitCode()).isEqualTo(137);
    try (var engine = Engine.open(directory.resolve("state"))) {
      assertThat(engine.containers())
          .singleElement()
          .extracting(ContainerState::status)
          .isEqualTo(ContainerStatus.EXITED);
      engine.remove("kept", Engine.WhileRunning.REFUSE);
    }
  }

  /// Nothing is written here, so the thread is in the kernel when it is interrupted.
  @Test
  void an_interruption_is_noticed_while_nothing_happens() throws Exception {
    var here = Thread.currentThread();
    var interrupting = Thread.ofPlatform().unstarted(() -> awaitPolling(here));
    interrupting.start();

    var result = run(FOR_EVER, STANDARD);

    assertThat(Thread.interrupted()).isTrue();
    interrupting.join();
    assertThat(result.outcome()).isEqualTo(Outcome.INTERRUPTED);
  }

  @Test
  void a_thread_that_was_interrupted_before_ends_the_program_at_once() throws Exception {
    Thread.currentThread().interrupt();

    var result = run(FOR_EVER, STANDARD);

    assertThat(Thread.interrupted()).isTrue();
    assertThat(result.outcome()).isEqualTo(Outcome.INTERRUPTED);
  }

  @Test
  void an_output_stream_that_fails_ends_the_program_and_is_told() {
    assertThatThrownBy(() -> run("echo x; " + FOR_EVER, STANDARD.stdout(new Full())))
        .isInstanceOf(EngineException.class)
        .hasMessageStartingWith("copy the streams of container ")
        .hasMessageEndingWith(": " + Full.WHY)
        .hasRootCauseMessage(Full.WHY);
  }

  @Test
  void an_input_stream_that_fails_ends_the_program_and_is_told() {
    var broken = new SequenceInputStream(stream("half\n"), new Broken());

    assertThatThrownBy(() -> run("cat; " + FOR_EVER, STANDARD.input(broken)))
        .isInstanceOf(EngineException.class)
        .hasMessageEndingWith(": " + Broken.WHY);
  }

  /// With the host's pid namespace the end of the first process ends no other.
  @Test
  void output_of_processes_that_live_on_is_not_waited_for() throws Exception {
    var shared =
        spec("sleep 100000 & echo done")
            .sharing(new Sharing(true, false, false, Sharing.Ipc.PRIVATE));

    assertThat(run(shared, STANDARD).output()).isEqualTo("done\n");
  }

  @Test
  void a_terminal_is_refused_with_what_to_do_instead() {
    assertThatThrownBy(() -> run(spec("true").terminal(), STANDARD))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> {
              assertThat(e.category()).isEqualTo(EngineException.Category.INVALID);
              assertThat(e.hint().orElse("")).contains("RunningContainer.terminal()");
            });
  }

  private RunResult run(String script, RunOptions options) throws EngineException {
    return run(spec(script), options);
  }

  private RunResult run(ContainerSpec.Draft draft, RunOptions options) throws EngineException {
    try (var engine = Engine.open(directory.resolve("state"))) {
      return engine.run(draft.build(), options);
    }
  }

  private ContainerSpec.Draft spec(String script) {
    return ContainerSpec.of(RootImage.rootfs(rootfs), "sh", "-c", script)
        .autoRemove()
        .network(NetworkMode.NONE);
  }

  private static InputStream stream(String text) {
    return new java.io.ByteArrayInputStream(text.getBytes(UTF_8));
  }

  /// Interrupt a thread as soon as it is in the call that waits.
  private static void awaitPolling(Thread thread) {
    while (Arrays.stream(thread.getStackTrace())
        .noneMatch(frame -> frame.getMethodName().equals("awaitReadable"))) {
      Thread.onSpinWait();
    }
    thread.interrupt();
  }

  /// Never ends.
  private static final class Endless extends InputStream {
    @Override
    public int read() {
      return 0;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) {
      return length;
    }
  }

  /// Fails at once.
  private static final class Broken extends InputStream {
    static final String WHY = "the disk is gone";

    @Override
    public int read() throws IOException {
      throw new IOException(WHY);
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      return read();
    }
  }

  /// Takes nothing.
  private static final class Full extends OutputStream {
    static final String WHY = "the disk is full";

    @Override
    public void write(int b) throws IOException {
      throw new IOException(WHY);
    }
  }

  /// Interrupts a thread when something is written.
  private static final class Interrupting extends OutputStream {
    private final Thread thread;

    Interrupting(Thread thread) {
      this.thread = thread;
    }

    @Override
    public void write(int b) {
      thread.interrupt();
    }
  }

  /// Answers when something is written, once.
  private static final class Answering extends OutputStream {
    private final PipedInputStream answer = new PipedInputStream();
    private final PipedOutputStream mouth;

    Answering() throws IOException {
      mouth = new PipedOutputStream(answer);
    }

    InputStream answer() {
      return answer;
    }

    @Override
    public void write(int b) throws IOException {
      if (b == 'r') {
        mouth.write("go\n".getBytes(UTF_8));
        mouth.close();
      }
    }
  }
}
