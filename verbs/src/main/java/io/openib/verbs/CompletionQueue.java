package io.openib.verbs;

import org.jspecify.annotations.Nullable;

/** {@code struct ibv_cq}. A completion that finds it full is lost: the queue raises CQ_ERR and is of no more use. */
public interface CompletionQueue extends AutoCloseable {
    /** The device it belongs to. */
    Device device();

    /** Entries that it holds now. */
    int cqe();

    /**
     * {@code ibv_resize_cq}: gives it room for at least so many completions. What waits in it stays, in its order. Any thread,
     * also while others post and poll; one call at a time, and none while it is closed.
     *
     * @param entries the least number; as with {@link Device#createCompletionQueue} there may be more, see {@link #cqe()}
     * @throws VerbsException EINVAL for a size below 1, above {@link DeviceLimit#MAX_CQE}, or below what waits in it, unless
     *     the device keeps more; ENOMEM; EOPNOTSUPP if queues of this device cannot be resized. It is as it was then
     */
    void resize(int entries);

    /** Where its events go, or null. */
    @Nullable
    CompletionChannel channel();

    /** A reusable batch for {@link #poll}, of this provider's form. */
    WorkCompletions newCompletions(int capacity);

    /**
     * {@code ibv_poll_cq}: moves what has completed, oldest first, into the batch.
     *
     * @return how many, 0 to {@code batch.capacity()}; or a negated errno when the queue has failed
     */
    int poll(WorkCompletions batch);

    /**
     * {@code ibv_req_notify_cq}: the next completion raises one event on the channel. Poll once more after arming.
     *
     * @param isSolicitedOnly only for completions of solicited messages and for errors
     * @return 0 or a negated errno (EINVAL without a channel)
     */
    int requestNotify(boolean isSolicitedOnly);

    /**
     * {@code ibv_destroy_cq}.
     *
     * @throws VerbsException EBUSY while a queue pair uses it
     */
    @Override
    void close();
}
