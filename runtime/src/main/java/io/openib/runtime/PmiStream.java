package io.openib.runtime;

import java.io.IOException;

/** The bytes to and from a PMI-1 server. One thread reads, another writes; any may close. */
interface PmiStream extends AutoCloseable {
    /**
     * Waits for some.
     *
     * @return how many, or -1 at the end
     */
    int read(byte[] into) throws IOException;

    /** Writes all of them. */
    void write(byte[] bytes) throws IOException;

    /** Ends a read that waits. A second call does nothing. */
    @Override
    void close();
}
