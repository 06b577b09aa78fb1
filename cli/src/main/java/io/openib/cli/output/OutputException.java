package io.openib.cli.output;

/** What was to be printed is lost. */
public final class OutputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    OutputException(String message) {
        super(message);
    }
}
