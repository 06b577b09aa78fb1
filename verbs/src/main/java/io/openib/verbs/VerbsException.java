package io.openib.verbs;

/**
 * A verbs call failed. The message is one line: the call, where it failed (device and port, or address), the errno's name
 * and what to do where something can be done.
 */
public final class VerbsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String call;
    private final String place;
    private final int errno;

    /**
     * @param call the verbs call as its man page names it, for example {@code ibv_modify_qp}
     * @param place device, port, queue pair or address, for example {@code soft0:1 qp 12}
     * @param errno positive, one of {@link Errno}
     * @param detail what was wrong and what to do, one sentence without a final full stop
     */
    public VerbsException(String call, String place, int errno, String detail) {
        super(call + " on " + place + ": " + Errno.name(errno) + ", " + detail);
        this.call = call;
        this.place = place;
        this.errno = errno;
    }

    /** {@code cause} tells what lies beneath, for example a full file system. */
    public VerbsException(String call, String place, int errno, String detail, Throwable cause) {
        this(call, place, errno, detail);
        initCause(cause);
    }

    /** The call as its man page names it. */
    public String call() {
        return call;
    }

    /** Device, port, queue pair or address. */
    public String place() {
        return place;
    }

    /** Positive, one of {@link Errno}. */
    public int errno() {
        return errno;
    }
}
