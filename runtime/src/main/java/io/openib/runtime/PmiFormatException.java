package io.openib.runtime;

/** Bytes that are no PMI-1 line. */
final class PmiFormatException extends Exception {

    private static final long serialVersionUID = 1L;

    PmiFormatException(String message) {
        super(message);
    }
}
