package jontainers.conformance;

import java.io.IOException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;
import org.opentest4j.TestAbortedException;

/// What [OnEachRuntime] does.
final class EachRuntime implements TestTemplateInvocationContextProvider {
  private static final ExtensionContext.Namespace STORE =
      ExtensionContext.Namespace.create(EachRuntime.class);
  private static final List<String> CHOSEN =
      List.of(System.getProperty("conformance.subjects", "jontainers,runc,crun").split(","));

  @Override
  public boolean supportsTestTemplate(ExtensionContext context) {
    return true;
  }

  @Override
  public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(
      ExtensionContext context) {
    var test =
        Objects.requireNonNull(context.getRequiredTestMethod().getAnnotation(OnEachRuntime.class));
    return Arrays.stream(Subject.values())
        .filter(subject -> CHOSEN.contains(subject.label()))
        .map(subject ->
            new Turn(
                subject,
                reason(test.differs(), subject::isMeantBy),
                reason(test.without(), subject::isNamedBy)));
  }

  private static Optional<String> reason(String[] reasons, Predicate<String> applies) {
    return Arrays.stream(reasons).filter(applies).findFirst();
  }

  private record Turn(Subject subject, Optional<String> difference, Optional<String> excuse)
      implements TestTemplateInvocationContext {
    @Override
    public String getDisplayName(int index) {
      return subject.label();
    }

    @Override
    public List<Extension> getAdditionalExtensions() {
      return List.of(new OneRuntime(subject, difference, excuse));
    }
  }

  /// Gives a test its containers, takes them away, and expects what is known to differ.
  private record OneRuntime(Subject subject, Optional<String> difference, Optional<String> excuse)
      implements ExecutionCondition,
          BeforeEachCallback,
          AfterEachCallback,
          ParameterResolver,
          InvocationInterceptor {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      if (excuse.isPresent()) {
        return ConditionEvaluationResult.disabled("differs: " + excuse.get());
      }
      return subject.executable().isPresent()
          ? ConditionEvaluationResult.enabled("it is there")
          : ConditionEvaluationResult.disabled(
              "no "
                  + subject.label()
                  + ": "
                  + (subject == Subject.JONTAINERS ? "build it" : "install " + subject.label()));
    }

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
      context.getStore(STORE).put("containers", Containers.of(subject));
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
      containers(context).removeAll();
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      var type = parameter.getParameter().getType();
      return type == Container.class || type == Containers.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      var containers = containers(context);
      return parameter.getParameter().getType() == Containers.class
          ? containers
          : containers.another();
    }

    @Override
    public void interceptTestTemplateMethod(
        Invocation<Void> test, ReflectiveInvocationContext<Method> method, ExtensionContext context)
        throws Throwable {
      if (difference.isEmpty()) {
        var _ = test.proceed();
        return;
      }
      try {
        var _ = test.proceed();
      } catch (Exception | AssertionError expected) {
        throw new TestAbortedException("differs: " + difference.get(), expected);
      }
      throw new AssertionError("passes, and is said to differ: " + difference.get());
    }

    private static Containers containers(ExtensionContext context) {
      return Objects.requireNonNull(context.getStore(STORE).get("containers", Containers.class));
    }
  }
}
