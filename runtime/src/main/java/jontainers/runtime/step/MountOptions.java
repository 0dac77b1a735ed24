package jontainers.runtime.step;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// The options of one mount, sorted into what the kernel takes apart: mount(8), mount_setattr(2).
///
/// @param set attributes to set, MOUNT_ATTR_*
/// @param clear attributes to clear, MOUNT_ATTR_*
/// @param setBelow attributes to set on all mounts of the tree
/// @param clearBelow attributes to clear on all mounts of the tree
/// @param propagation MS_PRIVATE and the like with MS_REC, or 0 to leave it
/// @param bind whether the source is an existing tree
/// @param recursive whether the bind takes the mounts below along
/// @param ids of which mounts the owners are shown in the numbers of the container's user namespace
/// @param copiesUp whether a filesystem in memory begins with what it covers
/// @param data what is left for the filesystem: `key` or `key=value`
public record MountOptions(
    long set,
    long clear,
    long setBelow,
    long clearBelow,
    long propagation,
    boolean bind,
    boolean recursive,
    Ids ids,
    boolean copiesUp,
    List<String> data) {
  /// Which mounts of a tree are idmapped: `idmap` and `ridmap` of config.md.
  public enum Ids {
    AS_THEY_ARE,
    MAPPED,
    MAPPED_BELOW
  }

  static final long MOUNT_ATTR_RDONLY = 0x1;
  static final long MOUNT_ATTR_NOSUID = 0x2;
  static final long MOUNT_ATTR_NODEV = 0x4;
  static final long MOUNT_ATTR_NOEXEC = 0x8;
  static final long MOUNT_ATTR_ATIME = 0x70; // the field: relatime 0, noatime 0x10, strict 0x20
  static final long MOUNT_ATTR_NOATIME = 0x10;
  static final long MOUNT_ATTR_STRICTATIME = 0x20;
  static final long MOUNT_ATTR_NODIRATIME = 0x80;
  static final long MOUNT_ATTR_NOSYMFOLLOW = 0x200000;

  private static final long MS_REC = 0x4000;

  /// Words that change nothing: mount(8) has them for the other tools, or for what is always so.
  private static final Set<String> IGNORED =
      Set.of(
          "defaults", "async", "nomand", "norelatime", "nostrictatime", "loud", "auto", "nofail");

  private static final Map<String, Long> PROPAGATIONS =
      Map.of(
          "private", MountStep.MS_PRIVATE,
          "slave", MountStep.MS_SLAVE,
          "shared", MountStep.MS_SHARED,
          "unbindable", MountStep.MS_UNBINDABLE);

  private static final Map<String, Long> SETTING =
      Map.of(
          "ro", MOUNT_ATTR_RDONLY,
          "nosuid", MOUNT_ATTR_NOSUID,
          "nodev", MOUNT_ATTR_NODEV,
          "noexec", MOUNT_ATTR_NOEXEC,
          "nodiratime", MOUNT_ATTR_NODIRATIME,
          "nosymfollow", MOUNT_ATTR_NOSYMFOLLOW);

  private static final Map<String, Long> CLEARING =
      Map.of(
          "rw", MOUNT_ATTR_RDONLY,
          "suid", MOUNT_ATTR_NOSUID,
          "dev", MOUNT_ATTR_NODEV,
          "exec", MOUNT_ATTR_NOEXEC,
          "diratime", MOUNT_ATTR_NODIRATIME,
          "symfollow", MOUNT_ATTR_NOSYMFOLLOW);

  private static final Map<String, Long> TIMES =
      Map.of(
          "relatime",
          0L,
          "atime",
          0L,
          "noatime",
          MOUNT_ATTR_NOATIME,
          "strictatime",
          MOUNT_ATTR_STRICTATIME);

  public MountOptions {
    data = List.copyOf(data);
  }

  /// Whether nothing of the bound tree is to stay tied to the host's mounts.
  public boolean isPrivate() {
    long kind = propagation & ~MS_REC;
    return kind == MountStep.MS_PRIVATE && (propagation != kind || !recursive);
  }

  /// Sort the options of an OCI mount; the last of two contradicting ones counts.
  public static MountOptions parse(List<String> options) {
    long set = 0;
    long clear = 0;
    long setBelow = 0;
    long clearBelow = 0;
    long propagation = 0;
    boolean bind = false;
    boolean recursive = false;
    boolean copiesUp = false;
    var ids = Ids.AS_THEY_ARE;
    var data = new ArrayList<String>();
    for (String option : options) {
      String below = below(option);
      if (SETTING.containsKey(option)) {
        set |= SETTING.get(option);
        clear &= ~SETTING.get(option);
      } else if (CLEARING.containsKey(option)) {
        clear |= CLEARING.get(option);
        set &= ~CLEARING.get(option);
      } else if (TIMES.containsKey(option)) {
        clear |= MOUNT_ATTR_ATIME;
        set = (set & ~MOUNT_ATTR_ATIME) | TIMES.get(option);
      } else if (SETTING.containsKey(below)) {
        setBelow |= SETTING.get(below);
        clearBelow &= ~SETTING.get(below);
      } else if (CLEARING.containsKey(below)) {
        clearBelow |= CLEARING.get(below);
        setBelow &= ~CLEARING.get(below);
      } else if (TIMES.containsKey(below)) {
        clearBelow |= MOUNT_ATTR_ATIME;
        setBelow = (setBelow & ~MOUNT_ATTR_ATIME) | TIMES.get(below);
      } else if (option.equals("bind") || option.equals("rbind")) {
        bind = true;
        recursive |= option.equals("rbind");
      } else if (option.equals("idmap")) {
        ids = Ids.MAPPED;
      } else if (option.equals("ridmap")) {
        ids = Ids.MAPPED_BELOW;
      } else if (PROPAGATIONS.containsKey(option)) {
        propagation = PROPAGATIONS.get(option);
      } else if (option.startsWith("r") && PROPAGATIONS.containsKey(option.substring(1))) {
        propagation = PROPAGATIONS.get(option.substring(1)) | MS_REC;
      } else if (option.equals("tmpcopyup")) {
        copiesUp = true;
      } else if (!IGNORED.contains(option)) {
        data.add(option);
      }
    }
    return new MountOptions(
        set, clear, setBelow, clearBelow, propagation, bind, recursive, ids, copiesUp, data);
  }

  /// Return all options that are understood here and not left to a filesystem.
  public static List<String> known() {
    var known = new TreeSet<>(IGNORED);
    for (var names : List.of(SETTING.keySet(), CLEARING.keySet(), TIMES.keySet())) {
      for (String name : names) {
        known.add(name);
        known.add("r" + name);
      }
    }
    for (String name : PROPAGATIONS.keySet()) {
      known.add(name);
      known.add("r" + name);
    }
    known.addAll(List.of("bind", "rbind", "idmap", "ridmap", "tmpcopyup"));
    return List.copyOf(known);
  }

  /// Return the same mount with other words for its filesystem.
  public MountOptions withData(List<String> words) {
    return new MountOptions(
        set, clear, setBelow, clearBelow, propagation, bind, recursive, ids, copiesUp, words);
  }

  /// Return the same for a mount that has none below it: an option for all is one for it alone.
  public MountOptions forOneMount() {
    return new MountOptions(
        (set & ~clearBelow) | setBelow,
        (clear & ~setBelow) | clearBelow,
        0,
        0,
        propagation,
        bind,
        recursive,
        ids,
        copiesUp,
        data);
  }

  /// Return the same mount, writable.
  public MountOptions writable() {
    return new MountOptions(
        set & ~MOUNT_ATTR_RDONLY,
        clear,
        setBelow,
        clearBelow,
        propagation,
        bind,
        recursive,
        ids,
        copiesUp,
        data);
  }

  /// An attribute with `r` before it is meant for the whole tree: config.md, "Linux mount options".
  private static String below(String option) {
    return option.startsWith("r") ? option.substring(1) : "";
  }

  /// Tell whether nothing may be written.
  public boolean readonly() {
    return (set & MOUNT_ATTR_RDONLY) != 0;
  }

  /// Return the flag of a propagation by name, as strace prints it.
  static String propagationName(long propagation) {
    return PROPAGATIONS.entrySet().stream()
        .filter(known -> known.getValue() == (propagation & ~MS_REC))
        .map(known -> "MS_" + known.getKey().toUpperCase(Locale.ROOT))
        .findFirst()
        .orElse(Long.toString(propagation));
  }

  /// Return the attributes of the mount by name, as strace prints them.
  String attributes() {
    return names(set);
  }

  /// Return the attributes of the tree by name.
  String attributesBelow() {
    return names(setBelow);
  }

  private static String names(long set) {
    var names = new ArrayList<String>();
    name(names, set, MOUNT_ATTR_RDONLY, "MOUNT_ATTR_RDONLY");
    name(names, set, MOUNT_ATTR_NOSUID, "MOUNT_ATTR_NOSUID");
    name(names, set, MOUNT_ATTR_NODEV, "MOUNT_ATTR_NODEV");
    name(names, set, MOUNT_ATTR_NOEXEC, "MOUNT_ATTR_NOEXEC");
    name(names, set, MOUNT_ATTR_NOATIME, "MOUNT_ATTR_NOATIME");
    name(names, set, MOUNT_ATTR_STRICTATIME, "MOUNT_ATTR_STRICTATIME");
    name(names, set, MOUNT_ATTR_NODIRATIME, "MOUNT_ATTR_NODIRATIME");
    name(names, set, MOUNT_ATTR_NOSYMFOLLOW, "MOUNT_ATTR_NOSYMFOLLOW");
    return names.isEmpty() ? "0" : String.join("|", names);
  }

  private static void name(List<String> names, long set, long bit, String name) {
    if ((set & bit) != 0) {
      names.add(name);
    }
  }
}
