package jontainers.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import jontainers.linux.Terminal;

/// One line for each layer, drawn again in its place: ECMA-48, CUU and EL.
///
/// Between two drawings the cursor is at the beginning of the line below, so that a command that is
/// killed leaves the terminal as it should be.
final class TerminalDisplay implements TransferDisplay {
  /// Of a terminal that does not tell.
  static final Terminal.Size USUAL = new Terminal.Size(24, 80);

  private static final long INTERVAL_NANOS = 100_000_000;

  private final PrintStream out;
  private final Supplier<Terminal.Size> size;
  private final LongSupplier nanos;
  private final Map<String, TransferMessage> layers = new LinkedHashMap<>();
  private int drawn;
  private long drawnAt;

  TerminalDisplay(PrintStream out, Supplier<Terminal.Size> size, LongSupplier nanos) {
    this.out = out;
    this.size = size;
    this.nanos = nanos;
    this.drawnAt = nanos.getAsLong() - INTERVAL_NANOS;
  }

  @Override
  public void say(TransferMessage message) {
    draw(List.of(message));
  }

  @Override
  public void show(TransferMessage message) {
    var before = layers.put(message.id(), message);
    boolean isNew = before == null || !before.status().equals(message.status());
    if (isNew || nanos.getAsLong() - drawnAt >= INTERVAL_NANOS) {
      draw(List.of());
    }
  }

  /// Draw what there is to say in place of the first lines, and the layers below.
  private void draw(List<TransferMessage> said) {
    var now = size.get();
    var lines = new ArrayList<>(said);
    lines.addAll(visible(now.rows() - 1));
    var text = new StringBuilder();
    if (drawn > 0) {
      text.append("\033[").append(drawn).append('A');
    }
    for (var line : lines) {
      // not into the last column, where terminals differ about the cursor
      text.append(line.line(now.columns() - 1)).append("\033[K\r\n");
    }
    if (lines.size() < drawn) {
      text.append("\033[J");
    }
    out.print(text);
    drawn = lines.size() - said.size();
    drawnAt = nanos.getAsLong();
  }

  /// Choose as many as there are rows, of too many those that something is done with.
  private List<TransferMessage> visible(int rows) {
    if (layers.size() <= rows) {
      return List.copyOf(layers.values());
    }
    var chosen = new ArrayList<TransferMessage>();
    layers.values().stream().filter(TransferMessage::counts).limit(rows).forEach(chosen::add);
    layers.values().stream()
        .filter(layer -> !layer.counts())
        .limit(rows - chosen.size())
        .forEach(chosen::add);
    return chosen;
  }
}
