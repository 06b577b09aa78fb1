package io.openib.verbs;

import java.nio.ByteBuffer;
import java.util.Set;

/** {@code struct ibv_mr}: memory that the device may touch. */
public interface MemoryRegion extends AutoCloseable {
    /** The address that work requests name; only the device knows what it means. */
    long address();

    /** Length in bytes. */
    long lengthBytes();

    /** The key for scatter and gather entries of this process. */
    int lkey();

    /** The key a peer needs; valid only with remote access. */
    int rkey();

    /** What may be done with it. */
    Set<AccessFlag> access();

    /**
     * A view of part of the memory, in native byte order; the same view may be asked for again at any time before close.
     *
     * @param offset from the start of the region, in bytes
     * @param lengthBytes at most {@link Integer#MAX_VALUE}
     * @throws IndexOutOfBoundsException when it does not lie within the region
     */
    ByteBuffer buffer(long offset, int lengthBytes);

    /** All of a region of less than 2 GiB. */
    default ByteBuffer buffer() {
        return buffer(0, Math.toIntExact(lengthBytes()));
    }

    /**
     * {@code ibv_dereg_mr}: its keys are invalid from then on. The caller's own memory is touched by nobody any more on return. What was
     * {@linkplain ProtectionDomain#allocate allocated} is the device's again, which hands it out only when no live peer's operation
     * touches it any more, and does not keep the caller waiting for that: one that is stopped in the midst of an operation may write to it
     * for as long as it lives. A second call does nothing.
     */
    @Override
    void close();
}
