package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import jontainers.testkit.ConformanceTest;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A Docker Swarm of one node keeps services on a runtime: docs/docker.md.
///
/// It talks to itself on the loopback, and its services have the network of the host; no ports are
/// published, for which a kernel needs ip_vs.
@ConformanceTest
class SwarmTest {
  private static final int DEADLINE_SECONDS = 60;

  @ParameterizedTest
  @EnumSource(
      value = Subject.class,
      names = {"JONTAINERS", "RUNC"})
  void a_service_is_scaled_healed_updated_rolled_back_and_drained(Subject subject)
      throws IOException {
    try (var docker =
        Dockerd.start(subject, "--bridge=none", "--iptables=false", "--ip6tables=false")) {
      docker
          .docker(
              "swarm", "init", "--advertise-addr", "127.0.0.1", "--listen-addr", "127.0.0.1:2377")
          .succeeded();
      serve(docker);
      docker.docker("service", "rm", "web").succeeded();
      awaitRunning(docker, 0);
      docker.docker("swarm", "leave", "--force").succeeded();
    } finally {
      Command.of("ip", "link", "delete", "docker_gwbridge").run(); // which dockerd keeps
    }
  }

  private static void serve(Dockerd docker) {
    docker
        .docker(
            "service",
            "create",
            "--detach",
            "--name",
            "web",
            "--replicas",
            "3",
            "--network",
            "host",
            "--restart-delay",
            "1s",
            "--update-delay",
            "0s",
            "--update-parallelism",
            "1",
            "--stop-grace-period",
            "1s",
            "--no-resolve-image",
            "--env",
            "VERSION=1",
            "busybox",
            "sh",
            "-c",
            "echo version $VERSION; exec sleep 100000")
        .succeeded();
    awaitRunning(docker, 3);
    assertThat(versions(docker)).containsOnly("version 1").hasSize(3);

    docker.docker("service", "scale", "--detach", "web=5").succeeded();
    awaitRunning(docker, 5);
    docker.docker("service", "scale", "--detach", "web=2").succeeded();
    awaitRunning(docker, 2);

    var before = containers(docker);
    docker.docker("kill", before.getFirst()).succeeded();
    Await.answer(
        "another in its place",
        DEADLINE_SECONDS,
        () -> containers(docker).size() == 2 && !containers(docker).contains(before.getFirst()));

    docker.docker("service", "update", "--detach", "--env-add", "VERSION=2", "web").succeeded();
    Await.answer(
        "version 2",
        DEADLINE_SECONDS,
        () -> versions(docker).equals(List.of("version 2", "version 2")));

    docker.docker("service", "rollback", "--detach", "web").succeeded();
    Await.answer(
        "version 1",
        DEADLINE_SECONDS,
        () -> versions(docker).equals(List.of("version 1", "version 1")));

    docker.docker("node", "update", "--availability", "drain", node(docker)).succeeded();
    awaitRunning(docker, 0);
    docker.docker("node", "update", "--availability", "active", node(docker)).succeeded();
    awaitRunning(docker, 2);
  }

  private static void awaitRunning(Dockerd docker, int count) {
    Await.answer(count + " running", DEADLINE_SECONDS, () -> containers(docker).size() == count);
  }

  private static List<String> containers(Dockerd docker) {
    return docker
        .docker("ps", "--quiet", "--no-trunc", "--filter", "status=running")
        .succeeded()
        .lines();
  }

  private static List<String> versions(Dockerd docker) {
    return containers(docker).stream().map(id -> docker.docker("logs", id).text()).toList();
  }

  private static String node(Dockerd docker) {
    return docker.docker("node", "ls", "--quiet").succeeded().text();
  }
}
