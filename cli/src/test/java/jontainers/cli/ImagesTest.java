package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Images from import to removal, as a user types it.
@KernelTest
class ImagesTest {
  @RegisterExtension final Machine machine = new Machine();

  @BeforeEach
  void busybox() throws IOException {
    Files.createDirectories(machine.rootfs().resolve("etc"));
    Files.writeString(
        machine.rootfs().resolve("etc/passwd"),
        "root:x:0:0:root:/root:/bin/sh\napp:x:1234:5678:app:/home/app:/bin/sh\n");
    Files.writeString(machine.rootfs().resolve("etc/group"), "root:x:0:\napp:x:5678:\n");
    machine.program("tar", "-C", "fs/orig", "-cf", "rootfs.tar", ".");
    ok("import", "rootfs.tar", "busybox");
  }

  private Machine.Outcome ok(String... arguments) throws IOException {
    var outcome = machine.jontainers(arguments);
    assertThat(outcome.code()).as(List.of(arguments) + ": " + outcome.errors()).isZero();
    return outcome;
  }

  private String run(String... arguments) throws IOException {
    return ok(Stream.concat(Stream.of("run", "--rm", "--network", "none"), Stream.of(arguments))
            .toArray(String[]::new))
        .out();
  }

  private String inspect(String name, String format) throws IOException {
    return ok("inspect", "--format", format, name).out().strip();
  }

  @Test
  void what_an_image_says_is_how_its_containers_run() throws IOException {
    ok(
        "import",
        "-c",
        "ENTRYPOINT [\"echo\", \"a\"]",
        "-c",
        "CMD [\"b\", \"c d\"]",
        "-c",
        "ENV X=1 Y='two words'",
        "-c",
        "USER app",
        "-c",
        "WORKDIR /srv",
        "-c",
        "STOPSIGNAL USR1",
        "-c",
        "LABEL from=image both=image",
        "rootfs.tar",
        "configured");

    assertThat(run("configured")).isEqualTo("a b c d\n");
    assertThat(run("configured", "e")).isEqualTo("a e\n");
    assertThat(run("--entrypoint", "id", "configured")).startsWith("uid=1234(app) gid=5678(app)");
    assertThat(run("--entrypoint", "", "configured", "sh", "-c", "pwd; echo $X-$Y-$HOME"))
        .isEqualTo("/srv\n1-two words-/home/app\n");
    assertThat(
            run(
                "-u",
                "0",
                "-w",
                "/tmp",
                "-e",
                "X=2",
                "--entrypoint",
                "sh",
                "configured",
                "-c",
                "id -u; pwd; echo $X-$Y"))
        .isEqualTo("0\n/tmp\n2-two words\n");
    ok("run", "--name", "one", "--network", "none", "-l", "both=user", "configured");
    assertThat(
            inspect("one", "{{.Config.Labels.from}} {{.Config.Labels.both}} {{.Path}} {{.Args}}"))
        .isEqualTo("image user echo [a b c d]");
    assertThat(
            inspect("one", "{{.Config.StopSignal}} {{json .Config.Entrypoint}} {{.Config.User}}"))
        .isEqualTo("USR1 [\"echo\",\"a\"] app");
  }

  @Test
  void an_image_without_a_command_needs_one() throws IOException {
    var outcome = machine.jontainers("run", "--rm", "busybox");

    assertThat(outcome.code()).isEqualTo(125);
    assertThat(outcome.errors()).contains("no command specified");
  }

  @Test
  void a_volume_has_what_the_image_has_there_and_belongs_to_the_container() throws IOException {
    Files.createDirectories(machine.rootfs().resolve("data"));
    Files.writeString(machine.rootfs().resolve("data/file"), "of the image\n");
    machine.program("chown", "1234:5678", "fs/orig/data");
    machine.program("chmod", "2770", "fs/orig/data");
    machine.program("tar", "-C", "fs/orig", "-cf", "volume.tar", ".");
    ok("import", "-c", "VOLUME /data /new", "volume.tar", "volume");

    assertThat(
            run(
                "--read-only",
                "volume",
                "sh",
                "-c",
                "cat /data/file; stat -c '%a %u:%g' /data; touch /data/x /new/y && echo written;"
                    + " grep -c ' /data ' /proc/mounts"))
        .isEqualTo("of the image\n2770 1234:5678\nwritten\n1\n");
    ok("run", "--name", "one", "--network", "none", "volume", "sh", "-c", "echo x > /data/secret");
    ok("commit", "one", "of-volume");
    assertThat(run("of-volume", "ls", "/data"))
        .as("a volume is none of the image")
        .isEqualTo("file\n");
    ok("rm", "one");
    assertThat(run("-v", machine.directory() + "/fs:/data", "volume", "ls", "/data"))
        .isEqualTo("orig\n");
  }

  @Test
  void layers_lie_over_one_another_and_commit_adds_one() throws IOException {
    ok(
        "run",
        "--name",
        "c1",
        "--network",
        "none",
        "busybox",
        "sh",
        "-c",
        "echo 1 > /one; mkdir -p /dir/sub; echo x > /dir/sub/x; rm /bin/yes");
    String first =
        ok("commit", "-a", "me", "-m", "words", "-c", "ENV K=V", "c1", "layered:1").out();
    ok(
        "run",
        "--name",
        "c2",
        "--network",
        "none",
        "layered:1",
        "sh",
        "-c",
        "rm -r /dir; mkdir /dir; echo 2 > /dir/two; rm /one");
    ok("commit", "c2", "layered:2");

    assertThat(first).matches("sha256:[0-9a-f]{64}\n");
    assertThat(run("layered:1", "sh", "-c", "cat /one /dir/sub/x; ls /bin/yes 2>&1; echo $K"))
        .isEqualTo("1\nx\nls: /bin/yes: No such file or directory\nV\n");
    assertThat(run("layered:2", "sh", "-c", "ls /one 2>&1; ls /dir; echo $K"))
        .isEqualTo("ls: /one: No such file or directory\ntwo\nV\n");
    assertThat(inspect("layered:2", "{{len .RootFS.Layers}} {{json .Config.Cmd}}"))
        .startsWith("3 [\"sh\",\"-c\",\"rm -r /dir");
    assertThat(inspect("layered:1", "{{.Author}} {{.Comment}}")).isEqualTo("me words");
    assertThat(ok("history", "--format", "{{.Comment}}|{{.Size}}", "layered:2").lines())
        .hasSize(3)
        .last()
        .asString()
        .startsWith("Imported from rootfs.tar|");
    assertThat(ok("history", "-q", "layered:1").lines())
        .containsExactly(first.substring(7, 19), "<missing>");
    // The hosts, names and resolver of a container are none of its changes.
    ok("save", "-o", "l.tar", "layered:1");
    assertThat(layer("l.tar"))
        .contains("one", "dir/sub/x", "bin/.wh.yes")
        .doesNotContain("etc/hosts");
  }

  /// List the members of the last layer of the first image.
  private List<String> layer(String archive) throws IOException {
    return machine
        .program(
            "python3",
            "-c",
            """
            import json, sys, tarfile
            whole = tarfile.open(sys.argv[1])
            manifest = json.load(whole.extractfile("manifest.json"))
            layer = tarfile.open(fileobj=whole.extractfile(manifest[0]["Layers"][-1]))
            print("\\n".join(layer.getnames()))
            """,
            archive)
        .lines();
  }

  @Test
  void a_container_that_runs_can_be_exported_and_committed() throws IOException {
    try (var running =
        new Running(
            machine.startJontainers(
                "run",
                "--name",
                "one",
                "--network",
                "none",
                "busybox",
                "sh",
                "-c",
                "echo now > /made; echo ready; sleep 60"))) {
      running.await("ready");
      ok("commit", "one", "running");
      ok("export", "-o", "running.tar", "one");
    }
    assertThat(run("running", "cat", "/made")).isEqualTo("now\n");
    assertThat(machine.program("tar", "-xOf", "running.tar", "./made").out()).isEqualTo("now\n");
    assertThat(machine.program("tar", "-tf", "running.tar").lines())
        .as("what is mounted in it is not of it")
        .contains("./proc/")
        .noneMatch(name -> name.startsWith("./proc/1"));
    ok("export", "-o", "ended.tar", "one");
    assertThat(machine.program("tar", "-xOf", "ended.tar", "./made").out()).isEqualTo("now\n");
  }

  @Test
  void what_a_container_has_written_is_counted() throws IOException {
    ok(
        "run",
        "--network",
        "none",
        "--name",
        "one",
        "busybox",
        "sh",
        "-c",
        "head -c 5000 /dev/zero > /a; ln /a /b; head -c 7000 /dev/zero > /c; rm /bin/yes");

    assertThat(ok("ps", "-a", "--size").lines().getFirst()).endsWith("NAMES   SIZE");
    assertThat(ok("ps", "-a", "--size").lines().getLast()).endsWith("one     12kB");
  }

  @Test
  void a_directory_becomes_an_image_of_one_layer() throws IOException {
    ok(
        "run",
        "--name",
        "one",
        "--network",
        "none",
        "--rootfs",
        "fs/orig",
        "sh",
        "-c",
        "echo x > /x");
    ok("commit", "one", "whole");

    assertThat(run("whole", "sh", "-c", "cat /x")).isEqualTo("x\n");
    assertThat(inspect("whole", "{{len .RootFS.Layers}}")).isEqualTo("1");
  }

  @Test
  void what_is_saved_is_what_is_loaded() throws IOException {
    ok("tag", "busybox", "example.com:5000/team/other:v2");
    String id = inspect("busybox", "{{.Id}}");
    for (String form : List.of("docker-archive", "oci-archive", "oci-dir", "docker-dir")) {
      ok("save", "--format", form, "-o", form, "busybox", "example.com:5000/team/other:v2");
    }
    machine.program(
        "sh", "-c", "gzip -k docker-archive; zstd -q oci-archive; tar -cf dir.tar -C oci-dir .");
    for (String form :
        List.of(
            "docker-archive",
            "docker-archive.gz",
            "oci-archive",
            "oci-archive.zst",
            "oci-dir",
            "docker-dir",
            "dir.tar")) {
      ok("rmi", "--force", id);
      assertThat(ok("images", "-q").out()).isEmpty();
      assertThat(ok("load", "-i", form).lines())
          .as(form)
          .containsExactly(
              "Loaded image: busybox:latest", "Loaded image: example.com:5000/team/other:v2");
      assertThat(inspect("busybox", "{{.Id}}")).as(form).isEqualTo(id);
      assertThat(inspect("busybox", "{{json .RepoTags}}"))
          .isEqualTo("[\"busybox:latest\",\"example.com:5000/team/other:v2\"]");
      assertThat(run("busybox", "echo", "x")).isEqualTo("x\n");
    }
    var again = machine.jontainers("save", "busybox", "example.com:5000/team/other:v2");
    assertThat(again.output())
        .as("the same bytes")
        .isEqualTo(Files.readAllBytes(machine.directory().resolve("docker-archive")));
    Files.write(machine.directory().resolve("again"), again.output());
    ok("rmi", "-f", id);
    machine.program("sh", "-c", String.join(" ", machine.command("load", "-q")) + " < again");
    assertThat(inspect("busybox", "{{.Id}}")).isEqualTo(id);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "printf garbage; | the archive",
        "tar -cf - rootfs.tar | has neither a manifest.json nor an oci-layout",
        "printf '\\3757zXZ\\0\\0\\0\\0' | compressed with xz",
        "printf 'BZh91AY' | compressed with bzip2",
        "head -c 300000 good.tar | the archive ends",
        "mkdir m; printf '[{\"Config\":\"../../etc/passwd\",\"Layers\":[]}]' > m/manifest.json;"
            + " tar -cf - -C m manifest.json | etc/passwd is not in the archive",
        "mkdir m; printf '[{\"Config\":\"a\",\"Layers\":[\"b\"]}]' > m/manifest.json;"
            + " ln -s b m/a; ln -s a m/b; tar -cf - -C m . | a is not in the archive",
        "mkdir m; tar -xf good.tar -C m; f=$(ls -S m/blobs/sha256/* | head -1); printf x >> $f;"
            + " tar -cf - -C m . | is in fact",
        "mkdir m; tar -xf good.tar -C m; rm $(ls -S m/blobs/sha256/* | head -1);"
            + " tar -cf - -C m . | is not there, but"
      })
  void a_bad_archive_is_refused_and_leaves_nothing(String line) throws IOException {
    ok("save", "-o", "good.tar", "busybox");
    ok("rmi", "busybox");
    int bar = line.lastIndexOf('|');
    machine.program(
        "sh", "-c", "(" + line.substring(0, bar).strip().replaceAll(";$", "") + ") > bad.tar");

    var outcome = machine.jontainers("load", "-i", "bad.tar");

    assertThat(outcome.code()).isNotZero();
    assertThat(outcome.errors()).contains(line.substring(bar + 1).strip());
    assertThat(ok("images", "-q").out()).isEmpty();
    assertThat(files("images/content/blobs")).isEmpty();
    assertThat(files("images/content/ingest")).isEmpty();
    assertThat(files("images/layers/sha256")).isEmpty();
  }

  private List<Path> files(String directory) throws IOException {
    try (var tree = Files.walk(machine.root().resolve(directory))) {
      return tree.filter(Files::isRegularFile).toList();
    }
  }

  @Test
  void an_image_goes_with_its_last_name_unless_a_container_needs_it() throws IOException {
    ok("tag", "busybox", "busybox:2");
    ok("run", "--name", "one", "--network", "none", "busybox", "true");
    String id = inspect("busybox", "{{.Id}}").substring(7, 19);

    assertThat(ok("rmi", "busybox:2").out()).isEqualTo("Untagged: busybox:2\n");
    var refused = machine.jontainers("rmi", "busybox");
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.errors())
        .contains("conflict: unable to remove repository reference \"busybox\" (must force)")
        .contains("is using its referenced image " + id);
    assertThat(ok("rmi", "-f", "busybox").out()).startsWith("Untagged: busybox:latest\nDeleted: ");
    ok("export", "-o", "c.tar", "one");
    assertThat(machine.program("tar", "-tf", "c.tar").lines())
        .as("its layers are still there")
        .contains("./bin/busybox");
    assertThat(machine.jontainers("commit", "one", "x").errors())
        .contains("the image of container one was removed");
    ok("rm", "one");
    ok("prune", "-f");
    assertThat(files("images/layers/sha256")).as("until it is gone").isEmpty();
  }

  @Test
  void a_name_counts_more_than_an_id_that_begins_like_it() throws IOException {
    String id = inspect("busybox", "{{.Id}}");
    String name = id.substring(7, 11);
    ok("tag", "busybox", name);

    ok("save", "-o", "named.tar", name);
    assertThat(ok("rmi", name).out()).isEqualTo("Untagged: " + name + ":latest\n");
    assertThat(ok("images", "--format", "{{.Repository}}").out()).isEqualTo("busybox\n");
    assertThat(ok("load", "-i", "named.tar").out())
        .isEqualTo("Loaded image: " + name + ":latest\n");
    ok("save", "-o", "by-id.tar", id.substring(7, 15));
    assertThat(ok("rmi", "-f", id.substring(7)).lines())
        .containsExactlyInAnyOrder(
            "Untagged: busybox:latest", "Untagged: " + name + ":latest", "Deleted: " + id);
    assertThat(ok("load", "-i", "by-id.tar").out()).isEqualTo("Loaded image ID: " + id + "\n");
  }

  @Test
  void an_image_that_runs_cannot_be_removed() throws IOException {
    try (var running =
        new Running(
            machine.startJontainers(
                "run",
                "--rm",
                "--network",
                "none",
                "busybox",
                "sh",
                "-c",
                "echo ready; sleep 60"))) {
      running.await("ready");
      assertThat(machine.jontainers("rmi", "-f", "busybox").errors())
          .contains("(cannot be forced) - image is being used by running container");
      assertThat(ok("prune", "-a", "-f").out()).isEqualTo("Total reclaimed space: 0B\n");
    }
    assertThat(ok("prune", "-a", "-f").out())
        .contains("untagged: busybox:latest", "deleted: sha256:");
    assertThat(files("images/content/blobs")).isEmpty();
  }

  @Test
  void a_name_that_moves_leaves_an_image_without_one() throws IOException {
    String old = inspect("busybox", "{{.Id}}");
    Files.writeString(machine.rootfs().resolve("new"), "");
    machine.program("tar", "-C", "fs/orig", "-cf", "new.tar", ".");
    ok("import", "new.tar", "busybox");

    assertThat(ok("images", "--format", "{{.Repository}}:{{.Tag}}").lines())
        .containsExactlyInAnyOrder("busybox:latest", "<none>:<none>");
    assertThat(ok("images", "-q", "--no-trunc", "-f", "dangling=true").out()).isEqualTo(old + "\n");
    assertThat(ok("run", "--rm", "--network", "none", old.substring(7, 17), "echo", "x").out())
        .isEqualTo("x\n");
    ok("prune");
    assertThat(ok("images", "-q").lines()).hasSize(1);
  }

  @Test
  void images_are_listed_as_docker_lists_them() throws IOException {
    ok("import", "-c", "LABEL a=b", "rootfs.tar", "localhost:5000/x/y:1");

    var lines = ok("images").lines();
    assertThat(lines.getFirst()).matches("REPOSITORY +TAG +IMAGE ID +CREATED +SIZE");
    assertThat(lines.get(1)).matches("localhost:5000/x/y +1 +[0-9a-f]{12} +.* ago +[0-9.]+MB");
    assertThat(ok("images", "--digests").lines().getFirst())
        .matches("REPOSITORY +TAG +DIGEST +IMAGE ID +CREATED +SIZE");
    assertThat(ok("images", "busybox").lines()).hasSize(2);
    assertThat(ok("images", "-q", "busybox:other").out()).isEmpty();
    assertThat(names("label=a")).containsExactly("localhost:5000/x/y");
    assertThat(names("label=a=c")).isEmpty();
    assertThat(names("reference=busy*")).containsExactly("busybox");
    assertThat(names("since=busybox")).containsExactly("localhost:5000/x/y");
    assertThat(names("before=localhost:5000/x/y:1")).containsExactly("busybox");
    assertThat(names("until=24h")).isEmpty();
    assertThat(names("dangling=true")).isEmpty();
    assertThat(ok("images", "--format", "json", "busybox").out())
        .contains("\"Repository\":\"busybox\"", "\"Tag\":\"latest\"");
    assertThat(ok("images", "--format", "table {{.ID}}\\t{{.Tag}}", "busybox").lines().getFirst())
        .matches("IMAGE ID +TAG");
    assertThat(machine.jontainers("images", "-f", "color=red").errors())
        .contains("invalid filter: color");
    assertThat(machine.jontainers("images", "--format", "{{.Colour}}").errors())
        .contains("no field .Colour", ".Repository");
    assertThat(ok("image", "ls", "-q").lines()).hasSize(2);
  }

  private List<String> names(String filter) throws IOException {
    return ok("images", "--format", "{{.Repository}}", "--filter", filter).lines();
  }

  @Test
  void what_is_not_there_is_named() throws IOException {
    for (String[] words :
        new String[][] {
          {"history", "nonesuch"},
          {"rmi", "nonesuch"},
          {"tag", "nonesuch", "x"},
          {"save", "nonesuch", "-o", "x"}
        }) {
      var outcome = machine.jontainers(words);
      assertThat(outcome.code()).as(words[0]).isEqualTo(1);
      assertThat(outcome.errors()).as(words[0]).contains("no such image: nonesuch");
    }
    assertThat(machine.jontainers("inspect", "busybox", "nonesuch").code()).isEqualTo(1);
    assertThat(machine.jontainers("inspect", "nonesuch").errors())
        .contains("no such object: nonesuch");
    assertThat(machine.jontainers("tag", "busybox", "UPPER").errors())
        .contains("has to be in lower case");
    assertThat(machine.jontainers("import", "nonesuch.tar").errors())
        .contains("no such file: nonesuch.tar");
    assertThat(Files.exists(machine.directory().resolve("x"))).isFalse();
    assertThat(machine.jontainers("import", "-c", "RUN x", "rootfs.tar").errors())
        .contains("invalid change \"RUN x\"");
  }

  @Test
  void a_user_namespace_needs_no_chown() throws IOException {
    Files.writeString(machine.rootfs().resolve("app-file"), "x");
    machine.program("chown", "1234:5678", "fs/orig/app-file");
    machine.program("tar", "-C", "fs/orig", "-cf", "owned.tar", ".");
    ok("import", "owned.tar", "owned");

    assertThat(
            run(
                "--userns",
                "0:100000:65536",
                "owned",
                "sh",
                "-c",
                "stat -c '%u:%g' /app-file /bin/busybox; tr -s ' ' < /proc/self/uid_map"))
        .isEqualTo("1234:5678\n0:0\n 0 100000 65536\n");
  }
}
