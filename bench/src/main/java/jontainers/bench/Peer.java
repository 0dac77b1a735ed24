package jontainers.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// A command that runs one container of /bin/true.
///
/// @param withoutNetwork its words, the path of the program first; `{}` stands for a number that no
///   other container has at the time
/// @param withBridge the same with a bridge network, or without one where it knows none
/// @param every in how many rounds it takes part once
record Peer(String name, List<String> withoutNetwork, List<String> withBridge, int every) {
  Peer {
    withoutNetwork = List.copyOf(withoutNetwork);
    withBridge = List.copyOf(withBridge);
  }

  /// Run one container.
  Subject once(List<String> words) {
    return subject(words.stream().map(word -> word.replace("{}", "1")).toList(), every);
  }

  /// Run words as they are.
  Subject as(List<String> words) {
    return subject(words, every);
  }

  /// Run many, each when the one before has ended.
  Subject inARow(int count) {
    String line = String.join(" ", withoutNetwork).replace("{}", "$i");
    return shell("i=0; while [ $i -lt " + count + " ]; do " + line + " || exit; i=$((i+1)); done");
  }

  /// Run many, sixteen at a time.
  Subject atOnce(int count) {
    return shell("seq " + count + " | xargs -P16 -I{} " + String.join(" ", withoutNetwork));
  }

  private Subject shell(String script) {
    return subject(List.of("/bin/sh", "-c", script), every);
  }

  private Subject subject(List<String> words, int turns) {
    return new Subject() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public int every() {
        return turns;
      }

      @Override
      public void run() throws IOException {
        Programs.succeed(Path.of(words.getFirst()), words);
      }
    };
  }
}
