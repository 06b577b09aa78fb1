package io.openib.wireup;

/**
 * Why an attempt to connect failed, or a connection ended.
 *
 * @param reason the kind, for the caller to act upon
 * @param peer with whom
 * @param text one sentence that names host, device, port and peer as far as they are known, and what to do
 */
public record WireupFailure(Reason reason, PeerName peer, String text) {
    /** The kinds of failure. */
    public enum Reason {
        /** The deadline passed without an answer. */
        TIMEOUT(true, true),
        /** The peer's address cannot be reached, or nothing listens there. */
        UNREACHABLE(true, true),
        /** The peer has too much to do at the moment. */
        BUSY(true, true),
        /** The peer's transport refused. */
        REFUSED(false, false),
        /** The two sides' configurations do not fit. */
        CONFIGURATION(false, false),
        /** What arrived is not of this job: another secret, job or protocol. */
        NOT_AUTHENTIC(false, true),
        /** There is no such peer, or it did not publish what this scheme needs. */
        UNKNOWN_PEER(false, true),
        /** A verbs call failed on this side. */
        DEVICE(true, true),
        /** The peer says that its side failed. */
        PEER_FAILED(true, true),
        /** The peer ended the connection, replaced it, or died. */
        DISCONNECTED(true, false),
        /** The caller cancelled the attempt. */
        CANCELLED(false, false),
        /** The module is closing, here or there. */
        CLOSED(false, false);

        private final boolean isRetryable;
        private final boolean isCurableByAnother;

        Reason(boolean isRetryable, boolean isCurableByAnother) {
            this.isRetryable = isRetryable;
            this.isCurableByAnother = isCurableByAnother;
        }

        /** Whether the same may succeed later. */
        public boolean isRetryable() {
            return isRetryable;
        }

        /** Whether another scheme may succeed where this one did not. */
        public boolean isCurableByAnother() {
            return isCurableByAnother;
        }
    }

    /** Whether the same may succeed later. */
    public boolean isRetryable() {
        return reason.isRetryable();
    }

    /** The sentence. */
    @Override
    public String toString() {
        return text;
    }
}
