package io.openib.verbs.soft.arena;

/** There is no room for more shared memory; the message names needed, free and remedy. */
public final class NoRoomException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** There is no room; the message says what for and what to do. */
    public NoRoomException(String message) {
        super(message);
    }

    public NoRoomException(String message, Throwable cause) {
        super(message, cause);
    }
}
