package io.openib.verbs;

import java.nio.ByteBuffer;

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

    /**
     * The message itself in place of gather entries, until {@link #sgeCount} says otherwise: eight bytes and then a part of a
     * buffer, sent inline, of memory that need not be registered ({@code ibv_wr_set_inline_data_list}). {@link SendFlag#INLINE}
     * is implied; entries that were written stay. The request refers to the buffer until then.
     *
     * @param head in native byte order
     * @param data heap or direct, of any byte order; neither its content nor its limit changes from here to the last post
     * @param offset where the part begins, counted from the buffer's start
     * @param length its bytes; a post is EINVAL if these and the head are more than the queue pair's {@code maxInlineData},
     *     or the opcode is a read or an atomic
     * @throws IndexOutOfBoundsException if the part is not within the buffer's limit
     */
    SendWorkRequest inline(long head, ByteBuffer data, int offset, int length);

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
