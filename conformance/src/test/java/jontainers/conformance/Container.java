package jontainers.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import jontainers.conformance.Command.Outcome;

/// A container of a test: its bundle, and the runtime's verbs for it.
final class Container {
  private final Containers containers;
  private final String id;
  private final Bundle bundle;
  private List<String> before = List.of();

  Container(Containers containers, String id, Bundle bundle) {
    this.containers = containers;
    this.id = id;
    this.bundle = bundle;
  }

  String id() {
    return id;
  }

  Subject subject() {
    return containers.subject();
  }

  Path bundle() {
    return bundle.directory();
  }

  Path rootfs() {
    return bundle.rootfs();
  }

  Json config() {
    return bundle.config();
  }

  /// Let another program run the runtime from now on: one that makes it another user's.
  Container runBy(List<String> words) {
    before = List.copyOf(words);
    return this;
  }

  /// Put a value into config.json.
  Container set(String path, Object value) {
    bundle.config().set(path, value);
    return this;
  }

  /// Put an object into config.json: its keys and values in turn.
  Container setObject(String path, Object... keysAndValues) {
    return set(path, Json.object(keysAndValues));
  }

  /// Append to an array of config.json.
  Container add(String path, Object... elements) {
    for (var element : elements) {
      bundle.config().add(path, element);
    }
    return this;
  }

  Container remove(String path) {
    bundle.config().remove(path);
    return this;
  }

  /// Set the program and its arguments.
  Container args(String... words) {
    return set("process.args", List.of(words));
  }

  /// Let it run a shell script.
  Container script(String text) {
    return args("sh", "-c", text);
  }

  /// Add a mount of a type, with its name as the source.
  Container mount(String destination, String type, String... options) {
    return mount(destination, type, type, List.of(options));
  }

  /// Add a bind mount.
  Container bind(Path source, String destination, String... options) {
    var all = new ArrayList<>(List.of(options));
    if (all.stream().noneMatch(option -> option.equals("rbind"))) {
      all.addFirst("bind");
    }
    return mount(destination, "bind", source.toString(), all);
  }

  private Container mount(String destination, String type, String source, List<String> options) {
    return add(
        "mounts",
        Json.object(
            "destination", destination, "type", type, "source", source, "options", options));
  }

  /// Take a namespace out of config.json, so that it is inherited.
  Container without(String namespace) {
    bundle.config().objects("linux.namespaces").removeIf(n -> namespace.equals(n.get("type")));
    return this;
  }

  /// Add capabilities to the bounding, effective and permitted sets.
  Container capabilities(String... names) {
    for (String set : List.of("bounding", "effective", "permitted")) {
      add("process.capabilities." + set, (Object[]) names);
    }
    return this;
  }

  /// Replace the options of a mount.
  Container mountOptions(String destination, String... options) {
    for (var mount : bundle.config().objects("mounts")) {
      if (destination.equals(mount.get("destination"))) {
        mount.put("options", List.of(options));
      }
    }
    return this;
  }

  /// Return a command of the runtime: the verb, options, the id.
  Command command(String verb, String... options) {
    var words = new ArrayList<>(List.of(verb));
    words.addAll(Arrays.asList(options));
    words.add(id);
    return containers.command(before, words);
  }

  /// Return a command of the runtime with words of any kind.
  Command plain(String... words) {
    return containers.command(before, List.of(words));
  }

  private Command withBundle(String verb, String... options) {
    try {
      bundle.write();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    var all = new ArrayList<>(List.of("--bundle", bundle().toString()));
    all.addAll(Arrays.asList(options));
    return command(verb, all.toArray(String[]::new));
  }

  /// Return the command `run`, with config.json written.
  Command running(String... options) {
    return withBundle("run", options);
  }

  /// Return the command `create`, with config.json written.
  Command creating(String... options) {
    return withBundle("create", options);
  }

  /// Run it to its end.
  Outcome run(String... options) {
    return running(options).run();
  }

  /// Run a shell script that has to succeed; return what it wrote, without the last line end.
  String shell(String text) {
    return script(text).run().succeeded().text();
  }

  /// Create it, with its output going to [#output] and [#errors].
  Outcome tryCreate(String... options) {
    return kept(creating(options));
  }

  Container create(String... options) {
    tryCreate(options).succeeded();
    return this;
  }

  /// Run a command whose descriptors the container's program keeps.
  Outcome kept(Command command) {
    try {
      return command.run(bundle().resolve("out"), bundle().resolve("errors"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Return what the created container has written.
  String output() {
    return read("out");
  }

  String errors() {
    return read("errors");
  }

  private String read(String name) {
    try {
      return Files.readString(bundle().resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Container start() {
    command("start").run().succeeded();
    return this;
  }

  /// Wait until it has written a text.
  Container await(String text) {
    Await.text(bundle().resolve("out"), text);
    return this;
  }

  /// Create and start it, and let it say so.
  Container up(String... options) {
    script("echo ready; exec sleep 1000");
    return create(options).start().await("ready");
  }

  Outcome kill(String... signal) {
    var words = new ArrayList<>(List.of("kill", id));
    words.addAll(Arrays.asList(signal));
    return containers.command(before, words).run();
  }

  /// Return the answer of `state`.
  Json state() {
    return Json.parse(command("state").run().succeeded().out());
  }

  String status() {
    return state().text("status");
  }

  int pid() {
    return state().number("pid");
  }

  /// Wait until its process has ended; return its exit code, 128 + signal when a signal ended it.
  int awaitEnd() {
    return Orphans.await(pid());
  }

  /// Kill its process and wait for that.
  int end() {
    int pid = pid();
    kill("KILL").succeeded();
    return Orphans.await(pid);
  }

  Outcome delete(String... options) {
    return command("delete", options).run();
  }

  /// Return the command `exec`: options come before the id, the program after it.
  Command executing(List<String> options, String... program) {
    var words = new ArrayList<>(List.of("exec"));
    words.addAll(options);
    words.add(id);
    words.addAll(Arrays.asList(program));
    return containers.command(before, words);
  }

  Outcome exec(String... program) {
    return executing(List.of(), program).run();
  }

  /// Return its cgroup in the hierarchy of a controller.
  Path cgroup(String controller) {
    return Cgroups.directory(controller, "/jontainers/" + id);
  }

  /// Return a limit: the content of a file of its cgroup, of which the name begins with the
  /// controller's.
  String limit(String file) {
    return limit(file, file);
  }

  /// Return a limit of which the file has another name in each version.
  String limit(String version1, String version2) {
    String file = Cgroups.either(version1, version2);
    return cgroupText(file.substring(0, file.indexOf('.')), file);
  }

  /// Return the content of a file of its cgroup.
  String cgroupText(String controller, String file) {
    try {
      return Files.readString(cgroup(controller).resolve(file)).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Return a file of /proc/PID of its process as the host sees it.
  Path proc(String file) {
    return Path.of("/proc", Integer.toString(pid()), file);
  }

  /// A process in a frozen cgroup of version 1 survives SIGKILL.
  void thaw() {
    try {
      var state = cgroup("freezer").resolve("freezer.state");
      if (Files.exists(state)) {
        Files.writeString(state, "THAWED");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
