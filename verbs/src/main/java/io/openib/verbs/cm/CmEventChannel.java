package io.openib.verbs.cm;

import org.jspecify.annotations.Nullable;

/** {@code struct rdma_event_channel}. */
public interface CmEventChannel extends AutoCloseable {
    /** {@code rdma_create_id} in the port space of reliable connections ({@code RDMA_PS_TCP}). */
    CmId createId();

    /**
     * {@code rdma_get_cm_event}: the next event, copied and already acknowledged. One thread at a time.
     *
     * @param timeoutMs 0 does not wait
     * @return null when the time is over, or the channel was closed or {@linkplain #wakeup woken}
     */
    @Nullable
    CmEvent next(long timeoutMs) throws InterruptedException;

    /** Makes a waiting {@link #next}, or the next one, return null at once. Any thread. */
    void wakeup();

    /** Closes its ids, then the channel. A second call does nothing. */
    @Override
    void close();
}
