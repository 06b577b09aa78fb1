package io.openib.verbs.jna;

import io.openib.verbs.Availability;
import io.openib.verbs.Device;
import io.openib.verbs.VerbsProvider;
import io.openib.verbs.testkit.DeviceTraits;
import io.openib.verbs.testkit.DeviceUnderTest;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The first device of libibverbs, on the machine or in the guest of {@code tests/soft-roce/run}. */
public final class RdmaDevice implements DeviceUnderTest {
    /** Marks tests that need a device; without one they are skipped with the provider's own reason. */
    @Target(ElementType.TYPE)
    @Retention(RetentionPolicy.RUNTIME)
    @ExtendWith(Condition.class)
    @Tag("rdma")
    @interface Needed {}

    private final JnaVerbsProvider provider = new JnaVerbsProvider();
    private volatile @Nullable DeviceTraits traits;

    @Override
    public Device open() {
        return provider.open(provider.deviceNames().get(0));
    }

    @Override
    public Optional<VerbsProvider> provider() {
        return Optional.of(provider);
    }

    @Override
    public DeviceTraits traits() {
        DeviceTraits known = traits;
        if (known == null) {
            try (Device device = open()) {
                known = DeviceTraits.of(
                        device.attributes(), device.queryPort(port()).linkLayer());
            }
            traits = known;
        }
        return known;
    }

    /** And those that {@code tests/soft-roce/tests} gives, one a line. */
    @Override
    public List<String> peerJvmOptions() {
        String more = System.getProperty("openib.tests.peer_options", "");
        return Stream.concat(Stream.of("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"), more.lines())
                .toList();
    }

    /** For JUnit. */
    static final class Condition implements ExecutionCondition {
        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            Availability availability = new JnaVerbsProvider().availability();
            return availability.isUsable()
                    ? ConditionEvaluationResult.enabled(availability.reason())
                    : ConditionEvaluationResult.disabled("needs an RDMA device (tests/soft-roce/run gives one)");
        }
    }
}
