package jontainers.engine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import jontainers.image.LayerStack;

/// Look users and groups up in the files of an image: passwd(5), group(5).
///
/// The files are the image's and not trusted: a few megabytes of them are read, lines that do not
/// parse are passed over, numbers have bounds, and the paths are resolved inside the image.
final class UserDatabase {
  private static final int LIMIT = 4 << 20;

  /// (uid_t) -1 means "unchanged" to setresuid(2).
  private static final long MAX_ID = 0xfffffffeL;

  private final List<Entry> users;
  private final List<Entry> groups;

  /// A line of either file.
  ///
  /// @param id the user's or the group's own number
  /// @param fields all fields of the line
  private record Entry(String name, long id, String[] fields) {}

  private UserDatabase(List<Entry> users, List<Entry> groups) {
    this.users = users;
    this.groups = groups;
  }

  /// Read the files of an image; missing ones are empty.
  static UserDatabase of(LayerStack image) {
    return parse(read(image, "/etc/passwd"), read(image, "/etc/group"));
  }

  static UserDatabase parse(String passwd, String group) {
    return new UserDatabase(entries(passwd, 6), entries(group, 4));
  }

  /// Resolve `name|uid[:group|gid]` as Docker does; the empty text is root.
  ///
  /// A number needs no entry and is then in group 0. Supplementary groups are those that list the
  /// user's name, unless a group is asked for.
  ///
  /// @param extraGroups further groups by name or id
  ContainerIdentity resolve(String text, List<String> extraGroups) throws EngineException {
    int colon = text.indexOf(':');
    String wanted = colon < 0 ? text : text.substring(0, colon);
    if (wanted.isEmpty()) {
      wanted = "0";
    }
    var entry = find(users, wanted);
    long uid = entry.isPresent() ? entry.get().id() : number(wanted, "user", "passwd");
    long gid = entry.flatMap(e -> id(e.fields()[3])).orElse(0L);
    List<Long> supplementary = entry.map(e -> groupsOf(e.name())).orElse(List.of());
    if (colon >= 0 && colon < text.length() - 1) {
      String group = text.substring(colon + 1);
      var found = find(groups, group);
      gid = found.isPresent() ? found.get().id() : number(group, "group", "group");
      supplementary = List.of();
    }
    for (String extra : extraGroups) {
      var found = find(groups, extra);
      long id = found.isPresent() ? found.get().id() : number(extra, "group", "group");
      supplementary = Stream.concat(supplementary.stream(), Stream.of(id)).toList();
    }
    String home = entry.map(e -> e.fields()[5]).filter(h -> h.startsWith("/")).orElse("/");
    return new ContainerIdentity(uid, gid, withPrimary(gid, supplementary), home);
  }

  /// The primary group is a supplementary one, too: a program could drop it otherwise with
  /// setgid(2) and so get what is denied to the group (CVE-2022-36109).
  private static List<Long> withPrimary(long gid, List<Long> supplementary) {
    return Stream.concat(Stream.of(gid), supplementary.stream()).distinct().toList();
  }

  private List<Long> groupsOf(String user) {
    return groups.stream()
        .filter(g -> Arrays.asList(g.fields()[3].split(",")).contains(user))
        .map(Entry::id)
        .toList();
  }

  /// A name is looked for before a number, since `useradd 1000` is possible.
  private static Optional<Entry> find(List<Entry> entries, String nameOrId) {
    return entries.stream()
        .filter(e -> e.name().equals(nameOrId))
        .findFirst()
        .or(() ->
            id(nameOrId).flatMap(id -> entries.stream().filter(e -> e.id() == id).findFirst()));
  }

  private static long number(String text, String kind, String file) throws EngineException {
    var id = id(text);
    if (id.isEmpty()) {
      boolean digits = !text.isEmpty() && text.chars().allMatch(Character::isDigit);
      throw new EngineException(
          EngineException.Category.INVALID,
          digits
              ? kind + " id " + text + " is out of range"
              : "unable to find "
                  + kind
                  + " "
                  + text
                  + ": no matching entries in "
                  + file
                  + " file",
          digits ? "ids go from 0 to " + MAX_ID : "");
    }
    return id.get();
  }

  private static Optional<Long> id(String text) {
    if (text.isEmpty() || text.length() > 10 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return Optional.empty();
    }
    long value = Long.parseLong(text);
    return value <= MAX_ID ? Optional.of(value) : Optional.empty();
  }

  private static List<Entry> entries(String text, int fields) {
    var parsed = new ArrayList<Entry>();
    for (String line : text.split("\n")) {
      String[] parts = line.split(":", -1);
      if (parts.length >= fields && !parts[0].isEmpty()) {
        id(parts[2]).ifPresent(id -> parsed.add(new Entry(parts[0], id, parts)));
      }
    }
    return List.copyOf(parsed);
  }

  private static String read(LayerStack image, String path) {
    try {
      return image
          .read(path, LIMIT)
          .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
          .orElse("");
    } catch (IOException e) {
      return "";
    }
  }
}
