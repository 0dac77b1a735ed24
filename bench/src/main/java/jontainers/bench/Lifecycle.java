package jontainers.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import jontainers.linux.Fd;
import jontainers.oci.Spec;
import jontainers.runtime.CgroupDriver;
import jontainers.runtime.CreateRequest;
import jontainers.runtime.Creation;
import jontainers.runtime.Host;
import jontainers.runtime.Launch;
import jontainers.runtime.OciContainer;
import jontainers.runtime.OciContainers;

/// The life of one container as an engine drives a runtime: create, start, delete.
///
/// @param directory of the bundles, one for each runtime
/// @param rootfs the root filesystem of all
/// @param command ours
record Lifecycle(Path directory, Path rootfs, String command) {

  /// Return our command and others', each operation a process.
  List<Subject> commands() throws IOException {
    return all(1, "i=1; %s");
  }

  /// The same, so many at once.
  List<Subject> atOnce(int count) throws IOException {
    return all(3, "seq " + count + " | xargs -P16 -I{} sh -c 'i={}; %s'");
  }

  private List<Subject> all(int every, String frame) throws IOException {
    var subjects = new ArrayList<Subject>();
    subjects.add(subject("jontainers", command, every, frame));
    for (String name : List.of("crun", "runc")) {
      var program = Programs.find(name);
      if (program.isPresent()) {
        subjects.add(subject(name, program.get().toString(), every, frame));
      }
    }
    return subjects;
  }

  private Subject subject(String name, String program, int every, String frame) throws IOException {
    String runtime = program + " --root " + directory.resolve(name + "-oci-state");
    String life =
        "%1$s create --bundle %2$s x$i </dev/null >/dev/null && %1$s start x$i && %1$s delete -f x$i"
            .formatted(runtime, bundle(name, program));
    var words = List.of("/bin/sh", "-c", frame.formatted(life));
    return new Peer(name, words, words, every).as(words);
  }

  /// Make a bundle of the runtime's own `spec`, whose program is /bin/true.
  private Path bundle(String name, String program) throws IOException {
    var bundle = Files.createDirectories(directory.resolve(name + "-oci"));
    var config = bundle.resolve("config.json");
    if (!Files.exists(config)) {
      Programs.succeed(
          Path.of("/bin/sh"), List.of("sh", "-c", "cd " + bundle + " && " + program + " spec"));
      Files.writeString(
          config,
          Files.readString(config)
              .replaceFirst("\"terminal\": *true", "\"terminal\": false")
              .replaceFirst("\"sh\"", "\"/bin/true\"")
              .replaceFirst("\"path\": *\"rootfs\"", "\"path\": \"" + rootfs + "\""));
    }
    return bundle;
  }

  /// Return the same operations in this JVM, which has done them before.
  Subject warm() throws IOException {
    var bundle = bundle("jontainers", command);
    byte[] config = Files.readAllBytes(bundle.resolve("config.json"));
    var spec = Spec.parse(config);
    var containers = new OciContainers(directory.resolve("warm-oci-state"));
    var host = Host.probe();
    var number = new AtomicInteger();
    return new Subject() {
      @Override
      public String name() {
        return "jontainers";
      }

      @Override
      public void run() throws IOException {
        try (var none = Fd.open(Path.of("/dev/null"), Fd.O_RDWR)) {
          var request =
              new CreateRequest(
                  "w" + number.getAndIncrement(),
                  bundle,
                  spec,
                  config,
                  new Launch.Streams(none, none, none),
                  Optional.empty(),
                  List.of(),
                  Creation.RootChange.PIVOT,
                  CgroupDriver.FILES,
                  CreateRequest.Keyring.NEW);
          var container = OciContainer.create(containers, request, host).container();
          try (var process = container.process().orElseThrow()) {
            container.start(_ -> {});
            container.delete(OciContainer.Deletion.OF_ANY, _ -> {});
            var _ = process.waitFor();
          }
        }
      }
    };
  }
}
