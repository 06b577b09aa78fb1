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
        TIMEOUT(1, true, true),
        /** The peer's address cannot be reached, or nothing listens there. */
        UNREACHABLE(2, true, true),
        /** The peer has too much to do at the moment. */
        BUSY(3, true, true),
        /** The peer's transport refused. */
        REFUSED(4, false, false),
        /** The two sides' configurations do not fit. */
        CONFIGURATION(5, false, false),
        /** What arrived is not of this job: another secret, job or protocol. */
        NOT_AUTHENTIC(6, false, true),
        /** There is no such peer, or it did not publish what this scheme needs. */
        UNKNOWN_PEER(7, false, true),
        /** A verbs call failed on this side. */
        DEVICE(8, true, true),
        /** The peer says that its side failed. */
        PEER_FAILED(9, true, true),
        /** The peer ended the connection, replaced it, or died. */
        DISCONNECTED(10, true, false),
        /** The caller cancelled the attempt. */
        CANCELLED(11, false, false),
        /** The module is closing, here or there. */
        CLOSED(12, false, false);

        private final int code;
        private final boolean isRetryable;
        private final boolean isCurableByAnother;

        Reason(int code, boolean isRetryable, boolean isCurableByAnother) {
            this.code = code;
            this.isRetryable = isRetryable;
            this.isCurableByAnother = isCurableByAnother;
        }

        /** What stands for it on the wire. */
        int code() {
            return code;
        }

        /** The reason of a code; {@link #PEER_FAILED} for one that is not known here. */
        static Reason ofCode(int code) {
            for (Reason reason : values()) {
                if (reason.code == code) {
                    return reason;
                }
            }
            return PEER_FAILED;
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
