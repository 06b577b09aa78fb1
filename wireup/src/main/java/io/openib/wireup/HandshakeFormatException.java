package io.openib.wireup;

/** Bytes are no message of this job's handshake. The message says what they are not. */
public final class HandshakeFormatException extends Exception {
    private static final long serialVersionUID = 1L;

    HandshakeFormatException(String why) {
        super(why);
    }
}
