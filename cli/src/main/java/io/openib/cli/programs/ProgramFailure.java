package io.openib.cli.programs;

/** A program cannot go on: a peer was lost, a message was damaged. The message is for the user. */
public final class ProgramFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What happened, and to whom. */
    public ProgramFailure(String message) {
        super(message);
    }
}
