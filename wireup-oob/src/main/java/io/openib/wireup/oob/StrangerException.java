package io.openib.wireup.oob;

/** What is at the other end of a TCP connection is no peer. */
final class StrangerException extends Exception {
    private static final long serialVersionUID = 1L;

    StrangerException(String why) {
        super(why);
    }
}
