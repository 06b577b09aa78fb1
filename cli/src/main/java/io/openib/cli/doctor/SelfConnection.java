package io.openib.cli.doctor;

import io.openib.btl.Btl;
import io.openib.btl.BtlStatus;
import io.openib.btl.Idle;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Has the one rank of a job connect to itself, so that it takes all the memory that a rank takes which has a first peer. One
 * thread, the owner's.
 */
final class SelfConnection {
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(30);

    private final Btl btl;
    private @Nullable String failure;

    private SelfConnection(Btl btl) {
        this.btl = btl;
        btl.onError(error -> failure = error.reason());
    }

    /** Connects; returns why it could not, or nothing. */
    static Optional<String> make(Btl btl) {
        return new SelfConnection(btl).connect();
    }

    private Optional<String> connect() {
        int status = btl.connect(btl.rank());
        Idle idle = Idle.backOff();
        long startNs = System.nanoTime();
        while (status == BtlStatus.OK && failure == null && !btl.isConnected(btl.rank())) {
            if (System.nanoTime() - startNs > PATIENCE_NS) {
                return Optional.of("a connection to itself did not come about");
            }
            idle.idle(btl.progress());
        }
        return failure != null || status == BtlStatus.OK
                ? Optional.ofNullable(failure)
                : Optional.of("a connection to itself is refused: " + BtlStatus.name(status));
    }
}
