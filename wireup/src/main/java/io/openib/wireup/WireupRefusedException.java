package io.openib.wireup;

/** A scheme cannot run on a port. The message is the reason: one sentence that says what is missing and what to do. */
public final class WireupRefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Refuses for this reason. */
    public WireupRefusedException(String reason) {
        super(reason);
    }

    /** The same, with what lies beneath. */
    public WireupRefusedException(String reason, Throwable cause) {
        super(reason, cause);
    }

    /** The reason. */
    public String reason() {
        return String.valueOf(getMessage());
    }
}
