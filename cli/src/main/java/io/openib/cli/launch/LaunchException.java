package io.openib.cli.launch;

/** A job cannot be started. The message says what is wrong and what to do; no rank is running. */
public final class LaunchException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What is wrong, and what to do. */
    public LaunchException(String message) {
        super(message);
    }

    /** {@code cause} tells what lies beneath. */
    public LaunchException(String message, Throwable cause) {
        super(message, cause);
    }
}
