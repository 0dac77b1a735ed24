package jontainers.runtime.systemd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Conversations with a systemd that is played.
class SystemdTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final List<Property> NONE = List.of();

  @TempDir private Path directory;

  /// A conversation of a test.
  private interface Talk {
    void with(Systemd systemd) throws Exception;
  }

  private FakeSystemd talk(
      BusAddress.Peer peer, Duration patience, BiConsumer<FakeSystemd, Message> answers, Talk talk)
      throws Exception {
    var socket = Files.createTempDirectory(directory, "talk").resolve("socket");
    try (var fake = new FakeSystemd(socket, "DATA", answers);
        var systemd = Systemd.connect(List.of(new BusAddress(socket.toString(), peer)), patience)) {
      talk.with(systemd);
      return fake;
    }
  }

  private FakeSystemd talk(BiConsumer<FakeSystemd, Message> answers, Talk talk) throws Exception {
    return talk(BusAddress.Peer.BUS, LONG, answers, talk);
  }

  @Test
  void a_unit_is_started_when_its_job_has_ended() throws Exception {
    var fake =
        talk(
            (f, call) -> {
              f.removed("/org/freedesktop/systemd1/job/6", "failed"); // somebody else's
              f.job(call, "7", "done");
            },
            systemd ->
                systemd.startTransient(
                    "u.scope", List.of(new Property("Delegate", new Value.Truth(true)))));

    assertThat(fake.methods()).containsExactly("Hello", "AddMatch", "StartTransientUnit");
    assertThat(fake.last("AddMatch").body().getFirst().toString()).contains("member='JobRemoved'");
    assertThat(fake.last("StartTransientUnit").body())
        .startsWith(new Value.Text("u.scope"), new Value.Text("replace"));
  }

  @Test
  void the_end_of_a_job_may_be_told_before_its_name() throws Exception {
    var fake =
        talk(
            (f, call) -> {
              f.removed("/org/freedesktop/systemd1/job/7", "done");
              f.reply(call, new Value.ObjectPath("/org/freedesktop/systemd1/job/7"));
            },
            systemd -> systemd.startTransient("u.scope", NONE));

    assertThat(fake.methods()).endsWith("StartTransientUnit");
  }

  @Test
  void systemd_itself_is_not_greeted() throws Exception {
    var fake =
        talk(
            BusAddress.Peer.MANAGER,
            LONG,
            (f, call) -> f.job(call, "7", "done"),
            systemd -> systemd.startTransient("u.scope", NONE));

    assertThat(fake.methods()).containsExactly("StartTransientUnit");
  }

  @Test
  void a_job_that_fails_is_told_and_forgotten() throws Exception {
    var fake =
        talk(
            (f, call) -> {
              if (call.text(Message.MEMBER).equals("StartTransientUnit")) {
                f.job(call, "7", "failed");
              } else {
                f.reply(call);
              }
            },
            systemd ->
                assertThatThrownBy(() -> systemd.startTransient("u.scope", NONE))
                    .hasMessage("the job that starts u.scope has ended as failed"));

    assertThat(fake.methods()).endsWith("StartTransientUnit", "ResetFailedUnit");
  }

  @Test
  void a_unit_that_has_failed_before_is_forgotten_and_started_once_more() throws Exception {
    var starts = new AtomicInteger();
    var fake =
        talk(
            (f, call) -> {
              if (!call.text(Message.MEMBER).equals("StartTransientUnit")) {
                f.reply(call);
              } else if (starts.getAndIncrement() == 0) {
                f.refuse(call, "UnitExists");
              } else {
                f.job(call, "8", "done");
              }
            },
            systemd -> systemd.startTransient("u.scope", NONE));

    assertThat(fake.methods())
        .endsWith("StartTransientUnit", "ResetFailedUnit", "StartTransientUnit");
  }

  @Test
  void a_unit_that_is_there_is_told() throws Exception {
    talk(
        (f, call) -> f.refuse(call, "UnitExists"),
        systemd ->
            assertThatThrownBy(() -> systemd.startTransient("u.scope", NONE))
                .hasMessage("no StartTransientUnit (org.freedesktop.systemd1.UnitExists)"));
  }

  @Test
  void a_unit_that_is_gone_is_stopped() throws Exception {
    var fake = talk((f, call) -> f.refuse(call, "NoSuchUnit"), systemd -> systemd.stop("u.scope"));

    assertThat(fake.methods()).endsWith("StopUnit", "ResetFailedUnit");
  }

  @Test
  void another_refusal_of_a_stop_is_told() throws Exception {
    talk(
        (f, call) -> f.refuse(call, "Masked"),
        systemd ->
            assertThatThrownBy(() -> systemd.stop("u.scope")).hasMessageContaining("Masked"));
  }

  @Test
  void properties_are_changed_for_as_long_as_the_unit_lives() throws Exception {
    var fake =
        talk(
            FakeSystemd::reply,
            systemd ->
                systemd.set("u.scope", List.of(new Property("TasksMax", new Value.Uint64(5)))));

    assertThat(fake.last("SetUnitProperties").body())
        .startsWith(new Value.Text("u.scope"), new Value.Truth(true));
  }

  @Test
  void its_version_and_place_are_read() throws Exception {
    talk(
        (f, call) ->
            f.reply(
                call,
                new Value.Variant(
                    new Value.Text(
                        call.body().get(1).equals(new Value.Text("Version"))
                            ? "252.39-1~deb12u2"
                            : "/user.slice/a"))),
        systemd -> {
          assertThat(systemd.version()).isEqualTo(252);
          assertThat(systemd.controlGroup()).isEqualTo("/user.slice/a");
        });
  }

  @Test
  void a_unit_is_active_when_it_is_there_and_runs() throws Exception {
    for (String state : List.of("active", "activating", "failed", "inactive", "none")) {
      talk(
          (f, call) -> {
            if (state.equals("none")) {
              f.refuse(call, "NoSuchUnit");
            } else if (call.text(Message.MEMBER).equals("GetUnit")) {
              f.reply(call, new Value.ObjectPath("/u"));
            } else {
              f.reply(call, new Value.Variant(new Value.Text(state)));
            }
          },
          systemd ->
              assertThat(systemd.isActive("u.scope"))
                  .as(state)
                  .isEqualTo(state.startsWith("activ")));
    }
  }

  @Test
  void an_answer_to_another_call_is_not_taken() throws Exception {
    talk(
        (f, call) -> {
          f.send(
              new Message(
                  Message.Type.RETURN,
                  1,
                  Map.of(Message.REPLY_SERIAL, new Value.Uint32(call.serial() + 1000)),
                  List.of(new Value.Text("wrong"))));
          f.reply(call, new Value.Variant(new Value.Text("v1")));
        },
        systemd -> assertThat(systemd.version()).isEqualTo(1));
  }

  @Test
  void silence_has_an_end() throws Exception {
    talk(
        BusAddress.Peer.MANAGER,
        Duration.ofMillis(300),
        (_, _) -> {},
        systemd ->
            assertThatThrownBy(() -> systemd.set("u.scope", NONE))
                .hasMessageMatching("no answer on .*socket within 0 s"));
  }

  @Test
  void a_connection_that_ends_is_told() throws Exception {
    talk(
        (f, _) -> f.hangUp(),
        systemd ->
            assertThatThrownBy(() -> systemd.set("u.scope", NONE))
                .hasMessageContaining("has closed the connection"));
  }

  @Test
  void a_message_of_any_length_is_not_waited_for() throws Exception {
    talk(
        (f, _) -> f.write(new byte[] {'l', 2, 0, 1, -1, -1, -1, 127, 1, 0, 0, 0, 0, 0, 0, 0}),
        systemd ->
            assertThatThrownBy(() -> systemd.set("u.scope", NONE))
                .hasMessageStartingWith("not a message of D-Bus"));
  }

  @Test
  void an_answer_of_another_type_is_told() throws Exception {
    talk(
        (f, call) -> f.reply(call, new Value.Uint32(1)),
        systemd -> {
          assertThatThrownBy(() -> systemd.startTransient("u.scope", NONE))
              .hasMessage("systemd does not tell which object it means");
          assertThatThrownBy(systemd::version)
              .hasMessage("systemd does not tell its property Version");
        });
  }

  @Test
  void who_is_not_let_in_is_told() throws Exception {
    var socket = directory.resolve("socket");
    try (var _ = new FakeSystemd(socket, "REJECTED EXTERNAL", (_, _) -> {})) {
      assertThatThrownBy(() ->
              Systemd.connect(
                  List.of(new BusAddress(socket.toString(), BusAddress.Peer.BUS)), LONG))
          .hasMessageContaining("does not let us in: REJECTED EXTERNAL");
    }
  }

  @Test
  void the_second_address_is_tried_and_all_failures_are_told() throws Exception {
    var missing = new BusAddress(directory.resolve("missing").toString(), BusAddress.Peer.BUS);
    var socket = directory.resolve("socket");
    try (var _ = new FakeSystemd(socket, "OK 1", FakeSystemd::reply)) {
      var there = new BusAddress(socket.toString(), BusAddress.Peer.MANAGER);
      Systemd.connect(List.of(missing, there), LONG).close();
    }
    assertThatThrownBy(() -> Systemd.connect(List.of(missing), LONG))
        .hasMessageStartingWith("systemd cannot be asked; connect ")
        .hasMessageContaining("missing")
        .hasMessageContaining("ENOENT");
  }
}
