package jontainers.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Let kernel tests run only where they can do no harm: `unshare -mn`, as `./test` does.
public final class PrivateNamespaces implements ExecutionCondition {
  /// For JUnit.
  public PrivateNamespaces() {}

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    try {
      if (!"0".equals(String.valueOf(Files.getAttribute(Path.of("/proc/self"), "unix:uid")))) {
        return ConditionEvaluationResult.disabled("the kernel tier needs root");
      }
      for (String namespace : new String[] {"net", "mnt"}) {
        var own = Files.readSymbolicLink(Path.of("/proc/self/ns", namespace));
        if (own.equals(Files.readSymbolicLink(Path.of("/proc/1/ns", namespace)))) {
          return ConditionEvaluationResult.disabled(
              "the kernel tier runs in namespaces of its own: ./test --kernel");
        }
      }
      return ConditionEvaluationResult.enabled("private namespaces");
    } catch (IOException e) {
      return ConditionEvaluationResult.disabled("cannot read /proc: " + e.getMessage());
    }
  }
}
