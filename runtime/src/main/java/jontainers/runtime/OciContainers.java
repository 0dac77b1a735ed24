package jontainers.runtime;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import jontainers.linux.PrivateDirectory;

/// The containers of one state directory: each a directory by its id, with what is remembered of it
/// between two commands.
///
/// ```
///   ROOT/ID/lock          held by each command for as long as it changes the container
///   ROOT/ID/state.json    what is known of it: [ContainerRecord]
///   ROOT/ID/config.json   its configuration as it was when it was made
///   ROOT/ID/start.sock    where it waits to be started
/// ```
///
/// Any number of processes use one state directory. Safe for any thread.
///
/// @param environment of the caller: hooks inherit it, and the bus is named in it by which systemd
///   is asked for units
public record OciContainers(Path root, Map<String, String> environment) {
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9_+.-]+");
  private static final int LONGEST_ID = 1024;

  public OciContainers {
    environment = Map.copyOf(environment);
  }

  /// The containers of a state directory; systemd's buses are at their usual places.
  public OciContainers(Path root) {
    this(root, Map.of());
  }

  /// Return the directory of a container that has or could have this id.
  ///
  /// @throws OciException where it is no id
  Path directory(String id) throws OciException {
    if (!ID.matcher(id).matches()
        || id.equals(".")
        || id.equals("..")
        || id.length() > LONGEST_ID) {
      throw new OciException("invalid container ID format: \"" + id + "\"");
    }
    return root.resolve(id);
  }

  /// Find a container.
  ///
  /// @throws OciException where there is none
  public OciContainer find(String id) throws OciException, IOException {
    var directory = directory(id);
    try {
      var _ = PrivateDirectory.check(root);
      return known(directory);
    } catch (NoSuchFileException e) {
      throw OciException.absent(id);
    }
  }

  /// @throws UnreadableRecordException where there is a record, which is damaged
  private OciContainer known(Path directory) throws IOException {
    return new OciContainer(
        directory, ContainerRecord.read(directory.resolve("state.json")), environment);
  }

  /// Tell whether something is left of a container that a killed command did not finish.
  public boolean isUnfinished(String id) throws IOException {
    var directory = directory(id);
    if (Files.exists(directory)) {
      var _ = PrivateDirectory.check(root);
    }
    return Files.isDirectory(directory) && !Files.exists(directory.resolve("state.json"));
  }

  /// Remove what is left of a container that a killed command did not finish: it holds nothing yet.
  public void removeUnfinished(String id) throws IOException {
    OciContainer.removeDirectory(directory(id));
  }

  /// List all containers, in the order of their ids.
  ///
  /// @param unreadable hears of each whose record cannot be read
  public List<OciContainer> list(Consumer<String> unreadable) throws IOException {
    var found = new ArrayList<OciContainer>();
    if (!Files.exists(root)) {
      return List.of();
    }
    var _ = PrivateDirectory.check(root);
    try (DirectoryStream<Path> directories = Files.newDirectoryStream(root)) {
      for (var directory : directories) {
        try {
          found.add(known(directory));
        } catch (UnreadableRecordException e) {
          unreadable.accept(
              "container " + directory.getFileName() + " is not shown: " + e.getMessage());
        } catch (IOException e) {
          // it is being made, or being deleted
        }
      }
    } catch (NoSuchFileException e) {
      return List.of();
    }
    found.sort(java.util.Comparator.comparing(container -> container.record().id()));
    return found;
  }
}
