package io.openib.verbs;

import org.jspecify.annotations.Nullable;

/** {@code struct ibv_comp_channel}: where a thread waits until an armed completion queue has something. */
public interface CompletionChannel extends AutoCloseable {
    /**
     * {@code ibv_get_cq_event}, already acknowledged. One thread at a time.
     *
     * @param timeoutMs 0 does not wait
     * @return the queue that has something; null when the time is over, or the channel was closed or {@linkplain #wakeup
     *     woken}
     */
    @Nullable
    CompletionQueue await(long timeoutMs) throws InterruptedException;

    /** Makes a waiting {@link #await}, or the next one, return null at once. Any thread. */
    void wakeup();

    /**
     * {@code ibv_destroy_comp_channel}.
     *
     * @throws VerbsException EBUSY while a completion queue uses it
     */
    @Override
    void close();
}
