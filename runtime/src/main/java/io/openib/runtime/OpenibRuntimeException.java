package io.openib.runtime;

import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** What every failure of this module is: a kind, and one line that says what, where and what to do. */
public class OpenibRuntimeException extends RuntimeException {

    private static final long serialVersionUID = 1L;
    private static final int NO_RANK = -1;

    private final RuntimeFailure failure;
    private final int peer;
    private final String sentence;

    /**
     * A failure of a runtime.
     *
     * @param failure its kind
     * @param message one line that says what, where and what to do
     */
    public OpenibRuntimeException(RuntimeFailure failure, String message) {
        this(failure, message, NO_RANK, null);
    }

    OpenibRuntimeException(RuntimeFailure failure, String message, @Nullable Throwable cause) {
        this(failure, message, NO_RANK, cause);
    }

    OpenibRuntimeException(RuntimeFailure failure, String message, int peer) {
        this(failure, message, peer, null);
    }

    private OpenibRuntimeException(RuntimeFailure failure, String message, int peer, @Nullable Throwable cause) {
        super(message, cause);
        this.failure = Objects.requireNonNull(failure);
        this.peer = peer;
        this.sentence = message;
    }

    /** The same failure, thrown once more from another place. */
    OpenibRuntimeException again() {
        return new OpenibRuntimeException(failure, sentence, peer, this);
    }

    /** The kind of failure. */
    public final RuntimeFailure failure() {
        return failure;
    }

    /** The rank at fault, for {@link RuntimeFailure#PEER_DIED} and {@link RuntimeFailure#PEER_LEFT} where known. */
    public final OptionalInt peer() {
        return peer == NO_RANK ? OptionalInt.empty() : OptionalInt.of(peer);
    }
}
