package io.openib.verbs;

/**
 * A reusable {@code struct ibv_send_wr} of the provider's own making. Setters write straight into the device's form and
 * keep their value until set again; a post reads it and keeps no reference. One thread at a time.
 */
public interface SendWorkRequest {
    /** Comes back in the completion. */
    SendWorkRequest wrId(long wrId);

    /** One of {@link WrOpcode}. */
    SendWorkRequest opcode(int opcode);

    /** {@link SendFlag} bits. */
    SendWorkRequest flags(int flags);

    /** How many gather entries count; 0 sends an empty message. */
    SendWorkRequest sgeCount(int count);

    /**
     * A gather entry.
     *
     * @param index below the {@code maxSge} that this request was made with
     * @param address {@code MemoryRegion.address() + offset}
     * @param lengthBytes at most 2^31 - 1
     */
    SendWorkRequest sge(int index, long address, int lengthBytes, int lkey);

    /** Thirty-two bits for the peer, of the opcodes with immediate; arrives as the same int. */
    SendWorkRequest immediate(int value);

    /** Remote memory, for RDMA and atomics. */
    SendWorkRequest remote(long address, int rkey);

    /** Atomics: the value to compare with, or to add. */
    SendWorkRequest compareAdd(long value);

    /** Compare-and-swap: the value to store. */
    SendWorkRequest swap(long value);

    /** UD: where to. */
    SendWorkRequest destination(AddressHandle handle, int qpNumber, int qkey);
}
