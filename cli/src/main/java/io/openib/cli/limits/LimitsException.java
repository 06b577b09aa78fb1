package io.openib.cli.limits;

/** The limits cannot be measured. The message is for the user. */
public final class LimitsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What is missing. */
    public LimitsException(String message) {
        super(message);
    }
}
