package io.openib.cli.conformance;

import io.openib.mca.Parameter;
import io.openib.wireup.WireupComponent;
import io.openib.wireup.testkit.PeerStage;
import io.openib.wireup.testkit.VerbsFabric;
import io.openib.wireup.testkit.WireupContract;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtendWith;

/** The wireup contract between this rank and another. JUnit makes the instances, so what they work with is static. */
@ExtendWith(Halt.class)
final class RankWireup extends WireupContract {
    private static final String TIMEOUT = "_timeout";
    private static final String MILLISECONDS = "ms";

    /**
     * What a run works with.
     *
     * @param far where the other side's processes are; null for this process
     * @param isJobLocal whether every rank is on one host
     */
    record Setting(Scheme scheme, Place place, @Nullable PeerStage far, boolean isJobLocal) {}

    private static volatile @Nullable Setting next;

    private final Setting setting;

    RankWireup() {
        super(fabric(current().place()));
        setting = current();
    }

    /** What the next run works with. */
    static void use(Setting setting) {
        next = setting;
    }

    static VerbsFabric fabric(Place place) {
        return new VerbsFabric(place.source(), place.device(), place.port(), place::gidIndex, place::pkeyIndex);
    }

    private static Setting current() {
        Setting known = next;
        if (known == null) {
            throw new IllegalStateException("no wireup was chosen");
        }
        return known;
    }

    @Override
    protected WireupComponent newComponent() {
        return setting.scheme().newComponent();
    }

    /** Every time limit of the scheme's own. */
    @Override
    protected Map<String, String> deadline(int timeoutMs) {
        Map<String, String> values = new HashMap<>();
        for (Parameter<?> parameter : newComponent().parameters()) {
            if (parameter.name().endsWith(TIMEOUT) && parameter.unit().equals(Optional.of(MILLISECONDS))) {
                values.put(parameter.name(), Integer.toString(timeoutMs));
            }
        }
        return values;
    }

    @Override
    protected PeerStage farStage() {
        PeerStage far = setting.far();
        return far == null ? super.farStage() : far;
    }

    @Override
    protected boolean isJobLocal() {
        return setting.isJobLocal();
    }
}
