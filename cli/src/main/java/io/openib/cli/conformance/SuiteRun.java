package io.openib.cli.conformance;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.openib.cli.conformance.CaseResult.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs a suite's cases through JUnit and tells each result as it comes. */
final class SuiteRun implements TestExecutionListener {
    private final String pair;
    private final Consumer<CaseResult> results;
    private final Map<String, Long> startsNs = new ConcurrentHashMap<>();
    private @Nullable RuntimeException refusal;

    private SuiteRun(String pair, Consumer<CaseResult> results) {
        this.pair = pair;
        this.results = results;
    }

    /**
     * Returns when every case has ended. When {@code results} throws, no further case begins, and that is thrown.
     *
     * @param suite is extended with {@link Halt}
     * @param only cases whose group and name hold this text
     */
    static void run(Class<?> suite, String pair, String only, Consumer<CaseResult> results) {
        LauncherConfig config = LauncherConfig.builder()
                .enableTestExecutionListenerAutoRegistration(false)
                .enableLauncherSessionListenerAutoRegistration(false)
                .build();
        Launcher launcher = LauncherFactory.create(config);
        PostDiscoveryFilter filter = descriptor -> FilterResult.includedIf(descriptor
                .getSource()
                .filter(MethodSource.class::isInstance)
                .map(MethodSource.class::cast)
                .map(source -> (group(source) + "." + source.getMethodName()).contains(only))
                .orElse(!descriptor.isTest()));
        SuiteRun run = new SuiteRun(pair, results);
        Halt.reset();
        launcher.execute(
                LauncherDiscoveryRequestBuilder.request()
                        .selectors(selectClass(suite))
                        .filters(filter)
                        .build(),
                run);
        if (run.refusal != null) {
            throw run.refusal;
        }
    }

    /** The interface that has the case, not the class that inherits it. */
    private static String group(MethodSource source) {
        return source.getJavaMethod().getDeclaringClass().getSimpleName();
    }

    @Override
    public void executionStarted(TestIdentifier test) {
        startsNs.put(test.getUniqueId(), System.nanoTime());
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        if (test.isTest()) {
            tell(test, Outcome.SKIPPED, reason, null);
        }
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        Throwable thrown = result.getThrowable().orElse(null);
        if (result.getStatus() == Status.SUCCESSFUL) {
            if (test.isTest()) {
                tell(test, Outcome.OK, "", null);
            }
        } else if (result.getStatus() == Status.ABORTED && test.isTest()) {
            tell(test, Outcome.SKIPPED, oneLine(thrown), null);
        } else {
            String seed = RankDevice.seed();
            tell(test, Outcome.FAILED, oneLine(thrown) + (seed.isEmpty() ? "" : " (" + seed + ")"), thrown);
        }
    }

    private static String oneLine(@Nullable Throwable thrown) {
        if (thrown == null) {
            return "no reason given";
        }
        String message = thrown.getMessage();
        String text = message == null ? thrown.toString() : message;
        List<String> lines = new ArrayList<>();
        text.lines().map(String::strip).filter(line -> !line.isEmpty()).forEach(lines::add);
        return String.join(" ", lines);
    }

    private void tell(TestIdentifier test, Outcome outcome, String reason, @Nullable Throwable thrown) {
        long nowNs = System.nanoTime();
        double seconds = (nowNs - startsNs.getOrDefault(test.getUniqueId(), nowNs)) / 1e9;
        MethodSource method = test.getSource()
                .filter(MethodSource.class::isInstance)
                .map(MethodSource.class::cast)
                .orElse(null);
        String group = method == null ? "Suite" : group(method);
        // The parameters of a case, where it has any, are in its display name.
        String shown = test.getDisplayName().replaceAll("\\(.*\\)$", "");
        String name =
                method == null || shown.equals(method.getMethodName()) ? shown : method.getMethodName() + " " + shown;
        accept(new CaseResult(group, name, pair, outcome, seconds, reason, thrown));
    }

    /** What a listener throws JUnit logs, and goes on. */
    private void accept(CaseResult result) {
        if (refusal == null) {
            try {
                results.accept(result);
            } catch (RuntimeException e) {
                refusal = e;
                Halt.call();
            }
        }
    }
}
