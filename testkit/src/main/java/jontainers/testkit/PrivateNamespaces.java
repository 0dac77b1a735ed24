package jontainers.testkit;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Let kernel tests run only where they can do no harm: `bin/private`, as `./test` does.
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
        if (!differsFromAnAncestors(namespace)) {
          return ConditionEvaluationResult.disabled(
              "the kernel tier runs in namespaces of its own: ./test --kernel");
        }
      }
      return ConditionEvaluationResult.enabled("private namespaces");
    } catch (IOException e) {
      return ConditionEvaluationResult.disabled("cannot read /proc: " + e.getMessage());
    }
  }

  /// Not the namespace of process 1 alone: without its capabilities root may not read that one.
  private static boolean differsFromAnAncestors(String namespace) throws IOException {
    var own = Files.readSymbolicLink(Path.of("/proc/self/ns", namespace));
    for (var process = ProcessHandle.current().parent();
        process.isPresent();
        process = process.get().parent()) {
      var path = Path.of("/proc", Long.toString(process.get().pid()), "ns", namespace);
      if (readable(path) && !own.equals(Files.readSymbolicLink(path))) {
        return true;
      }
    }
    return false;
  }

  private static boolean readable(Path link) throws IOException {
    try {
      return !Files.readSymbolicLink(link).toString().isEmpty();
    } catch (AccessDeniedException | NotLinkException e) {
      return false; // EACCES of readlink(2) is told as either
    }
  }
}
