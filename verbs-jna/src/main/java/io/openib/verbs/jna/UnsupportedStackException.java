package io.openib.verbs.jna;

/** The RDMA libraries here cannot be used, or not trusted; the message is one line with what to do. */
final class UnsupportedStackException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String reason;

    UnsupportedStackException(String reason) {
        super(reason);
        this.reason = reason;
    }

    String reason() {
        return reason;
    }
}
