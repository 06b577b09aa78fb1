package io.openib.runtime;

/** What every {@link JobRuntime} asks of its callers. */
final class Arguments {

    /** To whoever asks too often. */
    static final String JOINED_ONCE =
            "a job is joined once, and this process has been in it, or tried: open the transport once, and close it at the end";

    private Arguments() {}

    static void checkValueSize(String key, byte[] value) {
        if (value.length > JobRuntime.MAX_VALUE_BYTES) {
            throw new IllegalArgumentException("the value of '" + key + "' has " + value.length
                    + " bytes, which is more than " + JobRuntime.MAX_VALUE_BYTES);
        }
    }

    static void checkRank(int rank, int size) {
        if (rank < 0 || rank >= size) {
            throw new IllegalArgumentException("there is no rank " + rank + " in a job of " + size);
        }
    }

    static void checkTimeout(long timeoutMs) {
        if (timeoutMs <= 0) {
            throw new IllegalArgumentException("a timeout of " + timeoutMs + " ms is not above zero");
        }
    }

    static int checkStatus(int status) {
        if (status < 1 || status > 255) {
            throw new IllegalArgumentException("exit status " + status + " is not within 1 to 255");
        }
        return status;
    }
}
