package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import jontainers.engine.ContainerSpec;
import jontainers.engine.Engine;
import jontainers.linux.Fd;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Every option of `docker run` that this version has is understood in Docker's spelling.
class DockersOptionsTest {
  @TempDir Path directory;

  /// A pattern of a device rule has spaces; with `=` a word is one.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "--env-file env",
        "-v /tmp:/data:ro",
        "--volume /tmp:/data:ro,rshared",
        "--mount type=bind,source=/tmp,target=/data,readonly",
        "--mount type=bind,src=/tmp,dst=/data,ro=true,bind-propagation=rslave",
        "--mount type=bind,source=/tmp,destination=/data,bind-nonrecursive=true",
        "--mount type=bind,source=/tmp,target=/data,bind-recursive=readonly,readonly,bind-propagation=rprivate",
        "--mount type=tmpfs,target=/data,tmpfs-size=64m,tmpfs-mode=1770",
        "--tmpfs /data",
        "--tmpfs /data:size=64m,mode=1777,exec",
        "--ip 172.19.80.9",
        "--mac-address 02:42:ac:11:00:02",
        "--dns 10.0.0.1",
        "--dns-search example.org",
        "--dns-option ndots:2",
        "--dns-opt ndots:2",
        "--add-host db:10.0.0.2",
        "-m 64m",
        "--memory 64m",
        "-m 64m --memory-swap 128m",
        "-m 64m --memory-swap -1",
        "--memory-reservation 32m",
        "--cpus 0.5",
        "--cpu-shares 512",
        "-c 512",
        "--cpu-period 50000 --cpu-quota 25000",
        "--cpuset-cpus 0",
        "--cpuset-mems 0",
        "--pids-limit 100",
        "--blkio-weight 500",
        "--ulimit nofile=1024:2048",
        "--ulimit core=-1",
        "--sysctl net.core.somaxconn=1024",
        "--cap-add NET_ADMIN",
        "--cap-drop ALL",
        "--privileged",
        "--security-opt no-new-privileges",
        "--security-opt no-new-privileges=true",
        "--security-opt no-new-privileges:true",
        "--security-opt seccomp=unconfined",
        "--security-opt seccomp=profile.json",
        "--security-opt label=disable",
        "--security-opt apparmor=unconfined",
        "--security-opt systempaths=unconfined",
        "--device /dev/null",
        "--device /dev/null:/dev/none:rw",
        "--device-cgroup-rule=c 42:* rwm",
        "--entrypoint /bin/sh",
        "--init",
        "--stop-signal SIGINT",
        "--stop-timeout 3",
        "--shm-size 128m",
        "--oom-score-adj 500",
        "--group-add 1000",
        "--userns host",
        "--userns auto",
        "--userns 0:100000:65536",
        "--pid host",
        "--ipc host",
        "--ipc private",
        "--ipc shareable",
        "--ipc none",
        "--uts host",
        "--cgroupns host",
        "--cgroupns private",
        "--cgroup-parent /mine",
        "--domainname example.org",
        "--label a=b",
        "-l a",
        "--label-file labels",
        "--cidfile id",
        "--name web",
        "--hostname x",
        "-h x",
        "--rm",
        "-i",
        "-t",
        "-it",
        "-e A=b",
        "-w /tmp",
        "-u 1:1",
        "--network none",
        "--network host",
        "--network bridge",
        "--net none",
        "--read-only",
        "--export x.tar",
      })
  void an_option_is_understood(String options) throws Exception {
    Files.writeString(directory.resolve("env"), "A=b\n");
    Files.writeString(directory.resolve("labels"), "a=b\n");
    Files.writeString(directory.resolve("profile.json"), "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}");

    var spec = understood(options);

    assertThat(spec.command()).endsWith("true");
    assertThat(Engine.plan(directory.resolve("state"), spec)).isNotEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--memory-swap 64m             | swap needs one of memory",
        "-m 64m --memory-swap 32m      | less than that of memory",
        "--memory-swappiness 101       | goes from 0 to 100",
        "--security-opt apparmor=x     | AppArmor",
        "--security-opt label=type:x   | SELinux",
        "-v /a:/b:z                    | SELinux",
        "-v name:/b                    | volume",
        "--mount type=volume,target=/b | volume",
        "--mount type=bind,target=/b   | source",
        "--mount type=tmpfs,target=/b,source=/a | source",
        "--ipc container:x             | IPC",
        "--pid container:x             | --pid",
        "--userns keep-id              | user namespace",
        "--network container:x         | network",
        "-p 80:80                      | -p",
        "-d                            | -d",
      })
  void what_is_not_there_is_refused_by_name(String options, String message) {
    assertThatThrownBy(() -> Engine.plan(directory.resolve("state"), understood(options)))
        .isNotInstanceOf(RuntimeException.class)
        .message()
        .contains(message);
  }

  private ContainerSpec understood(String options) throws UsageException, IOException {
    try (var stdin = Fd.duplicate(0, 0);
        var stdout = Fd.duplicate(1, 0);
        var stderr = Fd.duplicate(2, 0)) {
      var session = new Session(stdin, stdout, stderr, Map.of(), directory);
      var words =
          new ArrayList<>(
              options.contains("=c ") ? List.of(options) : List.of(options.strip().split(" ")));
      words.addAll(List.of("host", "true"));
      return RunCommand.containerSpec(session, CommandParser.parse(new RunCommand().spec(), words));
    }
  }
}
