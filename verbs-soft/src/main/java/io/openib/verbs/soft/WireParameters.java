package io.openib.verbs.soft;

import io.openib.mca.Level;
import io.openib.mca.McaParameters;
import io.openib.mca.Parameter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
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
                            + "folder (all ranks are here), all with a job's secret where a rank may be elsewhere, else loopback")
            .build();

    private WireParameters() {}

    /**
     * The address to listen on; null for no wire.
     *
     * @param secret the job's; empty for none
     * @param isJobLocal whether it is known that all of the job is on this host
     */
    static @Nullable InetSocketAddress bound(McaParameters values, byte[] secret, boolean isJobLocal) {
        Reach reach = values.value(WIRE);
        if (reach == Reach.AUTO) {
            boolean hasFolder = !values.value(SoftParameters.JOB).isEmpty();
            reach = hasFolder ? Reach.OFF : secret.length > 0 && !isJobLocal ? Reach.ALL : Reach.LOOPBACK;
        }
        return switch (reach) {
            case ALL -> new InetSocketAddress(0);
            case LOOPBACK -> new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
            default -> null;
        };
    }

    /**
     * The job's secret as this process's launcher gave it; empty when it gave none. It is never a parameter, since those are
     * shown.
     */
    static byte[] secretOfEnvironment() {
        String told = System.getenv(SECRET_VARIABLE);
        return told == null ? new byte[0] : told.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII);
    }

    /** The same of a secret that was told as bytes. */
    static byte[] secretOf(byte[] told) {
        return HexFormat.of().formatHex(told).getBytes(StandardCharsets.US_ASCII);
    }
}
