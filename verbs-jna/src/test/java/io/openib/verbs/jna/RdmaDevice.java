package io.openib.verbs.jna;

import io.openib.verbs.ActivePort;
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

/** The first ACTIVE port of libibverbs' devices, on the machine or in the guest of {@code tests/soft-roce/run}. */
public final class RdmaDevice implements DeviceUnderTest {
    /**
     * Marks tests that need a device. Without one they are skipped; where {@code openib.tests.device} is {@code needed}, as for
     * {@code tests/soft-roce/tests}, they fail with the provider's own reason.
     */
    @Target(ElementType.TYPE)
    @Retention(RetentionPolicy.RUNTIME)
    @ExtendWith(Condition.class)
    @Tag("rdma")
    @interface Needed {}

    private final JnaVerbsProvider provider = new JnaVerbsProvider();
    private volatile @Nullable ActivePort active;
    private volatile @Nullable DeviceTraits traits;

    private ActivePort active() {
        ActivePort known = active;
        if (known == null) {
            known = ActivePort.firstOf(provider);
            active = known;
        }
        return known;
    }

    @Override
    public Device open() {
        return provider.open(active().device());
    }

    @Override
    public int port() {
        return active().number();
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
            boolean isNeeded = System.getProperty("openib.tests.device", "").equals("needed");
            return evaluate(new JnaVerbsProvider().availability(), isNeeded);
        }

        static ConditionEvaluationResult evaluate(Availability availability, boolean isNeeded) {
            if (availability.isUsable()) {
                return ConditionEvaluationResult.enabled(availability.reason());
            }
            if (isNeeded) {
                throw new IllegalStateException("an RDMA device is needed here: " + availability.reason());
            }
            return ConditionEvaluationResult.disabled("needs an RDMA device (tests/soft-roce/run gives one)");
        }
    }
}
