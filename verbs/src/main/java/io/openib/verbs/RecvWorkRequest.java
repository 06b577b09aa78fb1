package io.openib.verbs;

/** A reusable {@code struct ibv_recv_wr} of the provider's own making; rules as for {@link SendWorkRequest}. */
public interface RecvWorkRequest {
    /** Comes back in the completion. */
    RecvWorkRequest wrId(long wrId);

    /** How many scatter entries count. */
    RecvWorkRequest sgeCount(int count);

    /** A scatter entry of memory with {@link AccessFlag#LOCAL_WRITE}. */
    RecvWorkRequest sge(int index, long address, int lengthBytes, int lkey);
}
