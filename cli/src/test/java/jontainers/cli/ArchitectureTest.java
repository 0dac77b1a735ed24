package jontainers.cli;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.foreign.Linker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import jontainers.linux.IdMaps;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The rooms, the arrows between them, and the calls that no room may make.
class ArchitectureTest {
  /// Which rooms each room may know: ARCHITECTURE.md.
  private static final Map<String, List<String>> ARROWS =
      Map.of(
          "linux", List.of(),
          "oci", List.of(),
          "netlink", List.of("linux"),
          "image", List.of("linux", "oci"),
          "network", List.of("linux", "netlink"),
          "runtime", List.of("linux", "oci", "netlink"),
          "engine", List.of("linux", "oci", "netlink", "image", "network", "runtime"),
          "cli", List.of("linux", "oci", "image", "network", "runtime", "engine"));

  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(location -> !location.contains("jontainers-testkit"))
          .withImportOption(location -> !location.contains("testkit/target"))
          .importPackages("jontainers");

  @ParameterizedTest
  @ValueSource(
      strings = {"linux", "oci", "netlink", "image", "network", "runtime", "engine", "cli"})
  void a_room_knows_only_the_rooms_below_it(String room) {
    var known = new ArrayList<>(List.of("jontainers." + room + ".."));
    ARROWS.getOrDefault(room, List.of()).forEach(below -> known.add("jontainers." + below + ".."));

    noClasses()
        .that()
        .resideInAPackage("jontainers." + room + "..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("jontainers..")
                .and(not(resideInAnyPackage(known.toArray(String[]::new)))))
        .check(MAIN);
  }

  @Test
  void every_room_is_looked_at() {
    ARROWS
        .keySet()
        .forEach(room ->
            assertThat(MAIN.stream())
                .as(room)
                .anyMatch(c -> c.getPackageName().startsWith("jontainers." + room)));
  }

  @Test
  void only_linux_leaves_the_jvm() {
    noClasses()
        .that()
        .resideOutsideOfPackage("jontainers.linux..")
        .should()
        .dependOnClassesThat()
        .areAssignableTo(Linker.class)
        .because("--enable-native-access is given to jontainers.linux alone")
        .check(MAIN);
  }

  @Test
  void no_program_is_started_but_by_the_proxy() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName(IdMaps.class.getName()) // newuidmap(1) is setuid for that
        .and()
        .doNotHaveFullyQualifiedName("jontainers.image.registry.Credentials") // Docker's protocol
        .should()
        .dependOnClassesThat()
        .areAssignableTo(ProcessBuilder.class)
        .orShould()
        .callMethod(Runtime.class, "exec", String[].class)
        .orShould()
        .callMethod(Runtime.class, "exec", String.class)
        .because("shipped code has no helper programs, and a child of the JDK gets its reaper")
        .check(MAIN);
  }

  @Test
  void nobody_sleeps() {
    noClasses()
        .should()
        .callMethod(Thread.class, "sleep", long.class)
        .orShould()
        .callMethod(Thread.class, "sleep", java.time.Duration.class)
        .because("what is waited for tells when it comes: a pidfd, a lock, a socket")
        .check(MAIN);
  }

  @Test
  void nobody_ends_the_jvm_but_the_command() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName("jontainers.cli.Main")
        .should()
        .callMethod(System.class, "exit", int.class)
        .orShould()
        .callMethod(Runtime.class, "halt", int.class)
        .because("the engine is a library of somebody else's JVM")
        .check(MAIN);
  }

  @Test
  void nobody_prints_past_the_session() {
    noClasses()
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .orShould()
        .accessField(System.class, "in")
        .because("a resident engine serves commands whose streams are not its own")
        .check(MAIN);
  }

  @Test
  void old_files_are_not_used() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.io.File")
        .because("it hides why an operation failed; java.nio.file tells")
        .check(MAIN);
  }

  @Test
  void json_is_known_at_the_edges_only() {
    classes()
        .that(
            resideInAnyPackage(
                "jontainers.linux..", "jontainers.netlink..", "jontainers.network.."))
        .should()
        .onlyDependOnClassesThat(not(resideInAPackage("io.avaje..")))
        .because("the kernel does not speak JSON")
        .check(MAIN);
  }
}
