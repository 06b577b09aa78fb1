package io.openib.verbs.testkit;

import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Hands the cases their fixture. Devices and the peer process are opened once a class, what a case made is closed after it. */
public final class FixtureExtension implements ParameterResolver, AfterEachCallback {
    private static final Namespace NAMESPACE = Namespace.create(FixtureExtension.class);
    private static final String SEED = "openib.testkit.seed";

    /** For JUnit. */
    public FixtureExtension() {}

    /** The sides of a class. */
    private static final class Sides implements AutoCloseable {
        private final LocalSide near;
        private final @Nullable PeerProcess process;
        private final Side far;
        private final boolean isFarOurs;

        Sides(VerbsContract contract) {
            DeviceUnderTest underTest = contract.deviceUnderTest();
            Optional<Side> there = contract.farSide();
            near = new LocalSide(underTest);
            boolean isStarted = there.isEmpty() && contract.peerPlacement() == PeerPlacement.OTHER_PROCESS;
            process = isStarted ? PeerProcess.start(underTest) : null;
            isFarOurs = there.isEmpty() && process == null;
            far = there.orElseGet(() -> process == null ? new LocalSide(underTest) : process.side());
        }

        void reset() {
            near.reset();
            far.reset();
        }

        @Override
        public void close() {
            near.close();
            if (isFarOurs) {
                far.close();
            }
            if (process != null) {
                process.close();
            }
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == VerbsFixture.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        VerbsContract contract = (VerbsContract) context.getRequiredTestInstance();
        Sides sides = store(context).getOrComputeIfAbsent("sides", key -> new Sides(contract), Sides.class);
        long seed = Long.getLong(SEED, ThreadLocalRandom.current().nextLong());
        contract.tellSeed(context.getDisplayName(), "-D" + SEED + "=" + seed);
        return new VerbsFixture(contract.deviceUnderTest(), sides.near, sides.far, sides.process, seed);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        Sides sides = store(context).get("sides", Sides.class);
        if (sides != null) {
            sides.reset();
        }
    }

    private static ExtensionContext.Store store(ExtensionContext context) {
        ExtensionContext byClass = context;
        while (byClass.getTestMethod().isPresent()) {
            byClass = byClass.getParent().orElseThrow();
        }
        return byClass.getStore(NAMESPACE);
    }
}
