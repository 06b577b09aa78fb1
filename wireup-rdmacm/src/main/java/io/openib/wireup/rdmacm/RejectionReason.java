package io.openib.wireup.rdmacm;

import org.jspecify.annotations.Nullable;

/** Why a member of the job rejected a request. */
enum RejectionReason {
    /** Both asked at once, and the one that rejects has the lower name: its own request is on the way. */
    CROSSED(1),
    /** The program does not want the connection. */
    REFUSED(2),
    /** The two run with configurations that do not fit. */
    CONFIGURATION(3),
    /** It belongs to an attempt that is over. */
    OUTDATED(4),
    /** Too many attempts at a time, or not ready: worth another try. */
    BUSY(5),
    /** The peer is closing. */
    CLOSING(6),
    /** Its queue pairs could not be moved. */
    FAILED(7);

    private final byte code;

    RejectionReason(int code) {
        this.code = (byte) code;
    }

    byte code() {
        return code;
    }

    static @Nullable RejectionReason ofCode(byte code) {
        for (RejectionReason reason : values()) {
            if (reason.code == code) {
                return reason;
            }
        }
        return null;
    }
}
