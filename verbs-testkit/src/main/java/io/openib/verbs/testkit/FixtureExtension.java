package io.openib.verbs.testkit;

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

        Sides(DeviceUnderTest underTest, PeerPlacement placement) {
            near = new LocalSide(underTest);
            process = placement == PeerPlacement.OTHER_PROCESS ? PeerProcess.start(underTest) : null;
            far = process == null ? new LocalSide(underTest) : process.side();
        }

        void reset() {
            near.reset();
            far.reset();
        }

        @Override
        public void close() {
            near.close();
            if (process == null) {
                far.close();
            } else {
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
        DeviceUnderTest underTest = contract.deviceUnderTest();
        Sides sides = store(context)
                .getOrComputeIfAbsent("sides", key -> new Sides(underTest, contract.peerPlacement()), Sides.class);
        long seed = Long.getLong(SEED, ThreadLocalRandom.current().nextLong());
        System.out.println(context.getDisplayName() + ": -D" + SEED + "=" + seed);
        return new VerbsFixture(underTest, sides.near, sides.far, seed);
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
