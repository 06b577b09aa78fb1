package io.openib.wireup;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One message of the handshake. Each tells all that its sender has to say, so one that is lost, comes twice or late does
 * no harm. Made and read by {@link HandshakeCodec}.
 *
 * @param source who sends it
 * @param destination to whom
 * @param module which of the receiver's modules is meant
 * @param from which of the sender's modules sends it
 * @param generation the sender's module and its process; a later process's are greater
 * @param attempt the sender's attempt, counted upwards in a generation; 0 in a failure of what the sender has no attempt for
 * @param peerAttempt the receiver's attempt as far as the sender knows it, else 0
 * @param status how far the sender is
 * @param heard how far it knows the receiver to be
 * @param offer the sender's end of the connection; in every message but a failure
 * @param failure why; in a failure only
 */
public record HandshakeMessage(
        PeerName source,
        PeerName destination,
        int module,
        int from,
        long generation,
        int attempt,
        int peerAttempt,
        Status status,
        Status heard,
        @Nullable Offer offer,
        @Nullable Failure failure) {
    /** Queue pairs of a set at most. */
    public static final int MAX_QUEUE_PAIRS = 64;

    /** How far a side is. */
    public enum Status {
        /** Nothing is known. */
        NONE(0),
        /** Its queue pairs exist. */
        OFFER(1),
        /** Its queue pairs can receive, and receives are posted. */
        READY(2),
        /** The attempt is over. */
        FAILED(3);

        private final int code;

        Status(int code) {
            this.code = code;
        }

        /** What stands for it on the wire. */
        int code() {
            return code;
        }
    }

    /**
     * One end of a connection.
     *
     * @param address of the port
     * @param port its place among the ports that the sender has published, one byte
     * @param ends by receive queue
     * @param maxRdAtomic reads and atomics that this side has outstanding at most
     * @param maxDestRdAtomic reads and atomics that it answers at a time
     * @param configuration what it runs with
     */
    public record Offer(
            PortAddress address,
            int port,
            List<QueuePairEnd> ends,
            int maxRdAtomic,
            int maxDestRdAtomic,
            EffectiveConfiguration configuration) {
        public Offer {
            ends = List.copyOf(ends);
            if (ends.isEmpty() || ends.size() > MAX_QUEUE_PAIRS) {
                throw new IllegalArgumentException("1 to " + MAX_QUEUE_PAIRS + " queue pairs, not " + ends.size());
            }
        }
    }

    /**
     * A queue pair of the sender's.
     *
     * @param number 24 bits
     * @param psn the first packet number that it sends with, 24 bits
     */
    public record QueuePairEnd(int number, int psn) {}

    /**
     * Why an attempt is over.
     *
     * @param reason the kind
     * @param text for people
     */
    public record Failure(WireupFailure.Reason reason, String text) {}

    public HandshakeMessage {
        if ((status == Status.FAILED) != (failure != null) || (offer == null) != (failure != null)) {
            throw new IllegalArgumentException("a failure says why, and everything else has an offer");
        }
    }

    /** Whether it is for a module: to every other one of the process it is nothing. */
    public boolean isMeantFor(int receiver) {
        return module == receiver;
    }

    /** The offer of a message that is no failure. */
    Offer requireOffer() {
        if (offer == null) {
            throw new IllegalStateException("a failure has no offer");
        }
        return offer;
    }
}
