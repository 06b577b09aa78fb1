package io.openib.btl;

/** A transport cannot be opened, or refuses memory. The message says what, where and what to do. */
public class BtlException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What went wrong, where and what to do. */
    public BtlException(String message) {
        super(message);
    }

    /** {@code cause} tells what lies beneath. */
    public BtlException(String message, Throwable cause) {
        super(message, cause);
    }
}
