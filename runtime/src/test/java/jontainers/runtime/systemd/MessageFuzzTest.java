package jontainers.runtime.systemd;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import jontainers.testkit.Inputs;
import org.junit.jupiter.api.Test;

/// Any bytes are a message or are refused, and so is any text a value.
class MessageFuzzTest {
  @Test
  void seeds_and_random_messages_are_read_or_refused() throws Exception {
    Inputs.run(MessageFuzzTest.class, "message", 50_000, this::message);
  }

  @Test
  void seeds_and_random_texts_are_values_or_refused() throws Exception {
    Inputs.run(MessageFuzzTest.class, "text", 50_000, this::text);
  }

  /// @param input from a bus
  @FuzzTest
  void message(byte[] input) {
    Message message;
    try {
      message = Message.decode(input);
    } catch (DBusException e) {
      return; // told with the reason
    }
    assertThat(message.body()).isNotNull();
  }

  /// @param input the value of an annotation
  @FuzzTest
  void text(byte[] input) {
    Value value;
    try {
      value = PropertyText.parse(new String(input, StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).isNotBlank();
      return;
    }
    var writer = new MessageWriter();
    writer.write(value);
    assertThat(writer.size()).isPositive();
  }
}
