package jontainers.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import jontainers.linux.Arch;
import jontainers.linux.Fd;
import jontainers.oci.Device;
import jontainers.oci.OciFormatException;
import jontainers.oci.Spec;
import jontainers.runtime.step.NamespaceKind;
import jontainers.runtime.step.ProcessStep;
import jontainers.testkit.Inputs;
import org.junit.jupiter.api.Test;

/// Any bytes are a configuration that is refused, or one whose steps end with its program.
class ConfigFuzzTest {
  private static final Host HOST =
      new Host(
          Arch.X86_64,
          40,
          (1L << 41) - 1,
          EnumSet.allOf(NamespaceKind.class),
          List.of(
              new CgroupHierarchy(
                  1, Path.of("/cg/all"), Set.of("cpu", "devices", "memory", "pids", "cpuset"))),
          Host.Users.MACHINE);

  private static final ContainerPlan.Files FILES =
      new ContainerPlan.Files() {
        @Override
        public DanglingLinks.End followed(String root, String path) {
          return new DanglingLinks.End(path, true);
        }

        @Override
        public boolean isDirectory(String path) {
          return path.length() % 2 == 0;
        }

        @Override
        public Optional<String> node(Device device) {
          return Optional.of(device.path());
        }

        @Override
        public List<String> kernelMounts(String outside) {
          return List.of("/proc", "/sys");
        }

        @Override
        public StreamKind kind(Fd stream) {
          return StreamKind.SOCKET;
        }
      };

  @Test
  void seeds_and_random_configurations_are_refused_or_planned() throws Exception {
    Inputs.run(ConfigFuzzTest.class, "config", 20_000, this::config);
  }

  /// @param input config.json
  @FuzzTest
  void config(byte[] input) {
    Spec spec;
    try {
      spec = Spec.parse(input);
    } catch (OciFormatException e) {
      return; // told with the reason
    }
    if (!SpecCheck.problems(spec, CgroupDriver.FILES).isEmpty()) {
      return;
    }
    try {
      var plan = ContainerPlan.of(launch(spec), HOST, false, FILES);

      assertThat(plan.child().getLast()).isInstanceOf(ProcessStep.Execute.class);
      plan.steps().forEach(step -> assertThat(step.summary()).isNotEmpty());
      plan.steps().forEach(step -> assertThat(step.calls()).isNotNull());
    } catch (StartException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  private static Launch launch(Spec spec) {
    var none = Fd.owning(0, "not used");
    return new Launch(
        spec,
        List.of(),
        new Launch.Streams(none, none, none),
        Optional.empty(),
        false,
        Optional.of(new Creation("_ses.x", Creation.RootChange.PIVOT, CgroupDriver.FILES, 0)),
        Set.of());
  }
}
