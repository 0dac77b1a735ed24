package jontainers.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import jontainers.linux.RawText;

/// A process as `ps -ef` shows it: ps(1).
///
/// @param percent of a processor since it began
/// @param start the hour when it began
/// @param time how much processor time it has had
/// @param name of its program, as the kernel keeps it
public record ProcessRow(
    String user,
    int parent,
    int percent,
    String start,
    String terminal,
    String time,
    String name,
    String command) {
  private static final long TICKS = 100; // USER_HZ

  /// Look at a process; empty where it has ended.
  public static Optional<ProcessRow> of(int pid) {
    var directory = Path.of("/proc/" + pid);
    try {
      String stat =
          new String(Files.readAllBytes(directory.resolve("stat")), StandardCharsets.ISO_8859_1);
      String name = stat.substring(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      long ticks = Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
      double uptime = Double.parseDouble(Files.readString(Path.of("/proc/uptime")).split(" ")[0]);
      double age = Math.max(0, uptime - Long.parseLong(fields[19]) / (double) TICKS);
      String line = RawText.read(directory.resolve("cmdline")).replace('\0', ' ').strip();
      return Optional.of(
          new ProcessRow(
              user((Integer) Files.getAttribute(directory, "unix:uid")),
              Integer.parseInt(fields[1]),
              age < 1 ? 0 : (int) Math.min(99, ticks / age * 100 / TICKS),
              DateTimeFormatter.ofPattern("HH:mm")
                  .withZone(ZoneId.systemDefault())
                  .format(Instant.now().minusSeconds((long) age)),
              terminal(Long.parseLong(fields[4])),
              "%02d:%02d:%02d"
                  .formatted(ticks / TICKS / 3600, ticks / TICKS / 60 % 60, ticks / TICKS % 60),
              name,
              line.isEmpty() ? "[" + name + "]" : line));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static String terminal(long device) {
    long major = device >> 8 & 0xfff;
    long minor = (device & 0xff) | (device >> 12 & 0xfff00);
    return device == 0 ? "?" : major >= 136 && major < 144 ? "pts/" + minor : "tty" + minor;
  }

  private static String user(int uid) throws IOException {
    for (String line : RawText.read(Path.of("/etc/passwd")).split("\n")) {
      String[] fields = line.split(":");
      if (fields.length > 2 && fields[2].equals(Integer.toString(uid))) {
        return fields[0];
      }
    }
    return Integer.toString(uid);
  }
}
