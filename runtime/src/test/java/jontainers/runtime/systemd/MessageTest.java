package jontainers.runtime.systemd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Messages beside those that GLib has encoded, with their header fields in the order of their
/// numbers; and messages that are none.
class MessageTest {
  private static final byte[] HELLO =
      hex(
          """
          6c01000100000000010000006d00000001016f00150000002f6f72672f667265656465736b746f70
          2f4442757300000002017300140000006f72672e667265656465736b746f702e4442757300000000
          030173000500000048656c6c6f00000006017300140000006f72672e667265656465736b746f702e
          4442757300000000
          """);

  private static final byte[] START =
      hex(
          """
          6c0100010801000007000000b600000001016f00190000002f6f72672f667265656465736b746f70
          2f73797374656d64310000000000000002017300200000006f72672e667265656465736b746f702e
          73797374656d64312e4d616e61676572000000000000000003017300120000005374617274547261
          6e7369656e74556e697400000000000006017300180000006f72672e667265656465736b746f702e
          73797374656d64310000000000000000080167001073736128737629612873612873762929000000
          09000000702d782e73636f7065000000070000007265706c61636500e400000005000000536c6963
          650001730000000009000000612d622e736c6963650000000800000044656c656761746500016200
          0100000000000000040000005049447300026175000000000400000067120000090000004d656d6f
          72794d61780001740000000000000000ffffffffffffffff0b000000416c6c6f7765644350557300
          02617900010000008f000000000000000500000057616e7473000261730000000000000000000000
          0b000000446576696365416c6c6f770005612873732900001c000000000000000d0000002f646576
          2f636861722f313a330000000300000072776d0000000000
          """);

  /// Big endian.
  private static final byte[] REMOVED =
      hex(
          """
          4204000100000045000000090000007b01016f00000000192f6f72672f667265656465736b746f70
          2f73797374656d64310000000000000002017300000000206f72672e667265656465736b746f702e
          73797374656d64312e4d616e6167657200000000000000000801670004756f737300000000000000
          030173000000000a4a6f6252656d6f7665640000000000000000002a000000202f6f72672f667265
          656465736b746f702f73797374656d64312f6a6f622f34320000000000000009702d782e73636f70
          6500000000000004646f6e6500
          """);

  @Test
  void a_call_without_arguments_is_encoded_as_by_glib() {
    var hello =
        Message.call(
            1,
            "org.freedesktop.DBus",
            "/org/freedesktop/DBus",
            "org.freedesktop.DBus",
            "Hello",
            List.of());

    assertThat(hello.encode()).asHexString().isEqualTo(upper(HELLO));
  }

  @Test
  void a_unit_with_properties_of_every_kind_is_encoded_as_by_glib() {
    assertThat(start().encode()).asHexString().isEqualTo(upper(START));
  }

  @Test
  void what_was_encoded_is_decoded() throws DBusException {
    assertThat(Message.decode(START).body()).isEqualTo(start().body());
    assertThat(Message.decode(START).text(Message.MEMBER)).isEqualTo("StartTransientUnit");
  }

  @Test
  void the_other_byte_order_is_read() throws DBusException {
    var signal = Message.decode(REMOVED);

    assertThat(signal.type()).isEqualTo(Message.Type.SIGNAL);
    assertThat(signal.serial()).isEqualTo(9);
    assertThat(signal.text(Message.MEMBER)).isEqualTo("JobRemoved");
    assertThat(signal.body())
        .containsExactly(
            new Value.Uint32(42),
            new Value.ObjectPath("/org/freedesktop/systemd1/job/42"),
            new Value.Text("p-x.scope"),
            new Value.Text("done"));
  }

  @Test
  void every_shorter_message_is_cut_off() {
    for (int length = 0; length < REMOVED.length; length++) {
      byte[] cut = Arrays.copyOf(REMOVED, length);

      assertThatThrownBy(() -> Message.decode(cut)).isInstanceOf(DBusException.class);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 78, a message of an unknown byte order: 120",
    "1, 09, a message of an unknown type: 9",
    "3, 02, 'not a message of D-Bus: version 2, 213 B'",
    "4, ff, 'not a message of D-Bus: version 1, 4278190293 B'",
    "12, ff, 'not a message of D-Bus: version 1, 4278190293 B'",
    "20, ff, a message is cut off",
    "21, 01, a message is cut off",
    "49, 01, a text does not end where it says",
    "18, 7a, 'not a signature: \"z\"'",
    "50, 01, padding that is not zero"
  })
  void a_byte_that_is_wrong_is_told(int place, String octet, String reason) {
    byte[] wrong = REMOVED.clone();
    wrong[place] = hex(octet)[0];

    assertThatThrownBy(() -> Message.decode(wrong)).hasMessage(reason);
  }

  @Test
  void a_message_that_goes_on_behind_its_signature_is_refused() {
    var shorter = Message.call(1, "a.b", "/a", "a.b", "C", List.of(new Value.Text("one")));
    byte[] bytes = shorter.encode();
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 4);
    longer[4] = (byte) (longer[4] + 4);

    assertThatThrownBy(() -> Message.decode(longer))
        .hasMessage("a message is longer than its signature says");
  }

  @Test
  void nesting_has_an_end() {
    Value value = new Value.Octet((byte) 1);
    for (int depth = 0; depth < 100; depth++) {
      value = new Value.Variant(value);
    }
    byte[] bytes = Message.call(1, "a.b", "/a", "a.b", "C", List.of(value)).encode();

    assertThatThrownBy(() -> Message.decode(bytes)).hasMessage("a message is nested too deep");
  }

  @ParameterizedTest
  @CsvSource({"a", "(", "()", "{s}", "{sss}", "a(", "ss)", "?"})
  void what_is_no_signature_is_refused(String signature) {
    assertThatThrownBy(() -> Signatures.split(signature)).isInstanceOf(DBusException.class);
  }

  @Test
  void a_signature_is_divided_into_its_types() throws DBusException {
    assertThat(Signatures.split("ssa(sv)a(sa(sv))a{sv}v"))
        .containsExactly("s", "s", "a(sv)", "a(sa(sv))", "a{sv}", "v");
  }

  private static Message start() {
    return Message.call(
        7,
        "org.freedesktop.systemd1",
        "/org/freedesktop/systemd1",
        "org.freedesktop.systemd1.Manager",
        "StartTransientUnit",
        List.of(
            new Value.Text("p-x.scope"),
            new Value.Text("replace"),
            new Value.ListOf(
                "(sv)",
                List.of(
                    property("Slice", new Value.Text("a-b.slice")),
                    property("Delegate", new Value.Truth(true)),
                    property("PIDs", new Value.ListOf("u", List.of(new Value.Uint32(4711)))),
                    property("MemoryMax", Value.Uint64.INFINITY),
                    property("AllowedCPUs", Value.octets(new byte[] {(byte) 0x8f})),
                    property("Wants", Value.texts(List.of())),
                    property(
                        "DeviceAllow",
                        new Value.ListOf(
                            "(ss)",
                            List.of(
                                Value.struct(
                                    new Value.Text("/dev/char/1:3"), new Value.Text("rwm"))))))),
            new Value.ListOf("(sa(sv))", List.of())));
  }

  private static Value property(String name, Value value) {
    return new Property(name, value).toValue();
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replaceAll("\\s", ""));
  }

  private static String upper(byte[] bytes) {
    return HexFormat.of().withUpperCase().formatHex(bytes);
  }
}
