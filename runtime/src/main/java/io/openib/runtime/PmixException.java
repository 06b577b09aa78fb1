package io.openib.runtime;

/** A call of libpmix did not succeed. */
final class PmixException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What a call answers, of which more is made than its text; by the numbers of pmix_common.h. */
    static final int SUCCESS = 0;

    static final int TIMEOUT = -24;
    static final int UNREACHABLE = -25;
    static final int NOT_FOUND = -46;
    static final int LOST_CONNECTION = -61;

    private final int status;

    /**
     * A failure.
     *
     * @param call by the library's name for it
     * @param status what it returned
     * @param text the library's word for that
     */
    PmixException(String call, int status, String text) {
        super(call + " answered " + text + " (" + status + ")");
        this.status = status;
    }

    /** What kind of failure this is to whoever asked. */
    RuntimeFailure kind() {
        return switch (status) {
            case TIMEOUT -> RuntimeFailure.TIMEOUT;
            case UNREACHABLE -> RuntimeFailure.UNREACHABLE;
            case LOST_CONNECTION -> RuntimeFailure.CONNECTION_LOST;
            default -> RuntimeFailure.REFUSED;
        };
    }
}
