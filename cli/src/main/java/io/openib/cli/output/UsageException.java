package io.openib.cli.output;

/** A command line that makes no sense. The message says what is wrong with it and what to give instead. */
public final class UsageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What is wrong, and what to give. */
    public UsageException(String message) {
        super(message);
    }
}
