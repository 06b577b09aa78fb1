package io.openib.verbs.soft;

import io.openib.mca.Level;
import io.openib.mca.McaParameters;
import io.openib.mca.Parameter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Whether this process has a wire to other hosts, where it listens, and what its peers must know. */
final class WireParameters {
    private static final String SECRET_VARIABLE = "OPENIB_JOB_SECRET";

    /** Where the wire listens. */
    enum Reach {
        AUTO,
        OFF,
        LOOPBACK,
        ALL
    }

    static final Parameter<Reach> WIRE = Parameter.enumeration("soft_wire", Reach.class)
            .defaultValue(Reach.AUTO)
            .level(Level.USER_DETAIL)
            .help(
                    "Where the wire to other hosts listens: off, loopback, all, or auto: off when the launcher gave the job a "
                            + "folder (all ranks are here), all with a job's secret, else loopback")
            .build();

    private WireParameters() {}

    /** The address to listen on; null for no wire. */
    static @Nullable InetSocketAddress bound(McaParameters values) {
        Reach reach = values.value(WIRE);
        if (reach == Reach.AUTO) {
            boolean isLocalJob = !values.value(SoftParameters.JOB).isEmpty();
            reach = isLocalJob ? Reach.OFF : secret().length > 0 ? Reach.ALL : Reach.LOOPBACK;
        }
        return switch (reach) {
            case ALL -> new InetSocketAddress(0);
            case LOOPBACK -> new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
            default -> null;
        };
    }

    /** The job's secret; empty when the launcher gave none. It is never a parameter, since those are shown. */
    static byte[] secret() {
        String told = System.getenv(SECRET_VARIABLE);
        return told == null ? new byte[0] : told.getBytes(StandardCharsets.US_ASCII);
    }
}
