package io.openib.verbs.soft.arena;

/** Memory that was there is not any more, or cannot be mapped just now: its process has gone, or descriptors are missing. */
public final class SegmentGoneException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SegmentGoneException(String message) {
        super(message);
    }
}
