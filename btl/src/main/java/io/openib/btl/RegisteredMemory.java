package io.openib.btl;

import java.nio.ByteBuffer;

/** Memory that the transport's devices may touch: the local side of put, get and atomics, and their target elsewhere. */
public interface RegisteredMemory extends AutoCloseable {
    /** Its length. */
    long lengthBytes();

    /**
     * A view in native byte order. Makes an object: for set-up, not for each operation.
     *
     * @throws IndexOutOfBoundsException if it is not within the memory
     * @throws IllegalStateException once it is closed; a view that was made before must not be touched any more, even to read: the memory
     *     may be given to others, whom nothing protects from what is written through it
     */
    ByteBuffer buffer(long offset, int lengthBytes);

    /** All of it, if it is less than 2 GiB. */
    default ByteBuffer buffer() {
        return buffer(0, Math.toIntExact(lengthBytes()));
    }

    /** Whether peers can be let in. */
    boolean isRemote();

    /**
     * What a peer needs to reach it.
     *
     * @throws BtlException if it is {@linkplain #isRemote() not for peers}; it names {@link Btl#allocate}
     * @throws IllegalStateException once it is closed
     */
    MemoryHandle handle();

    /**
     * Withdraws it: no peer reaches it any more on return, and put, get and atomics answer INVALID. A peer that tries costs its
     * connection ({@link BtlStatus#REMOTE_ACCESS}), so agree before. Waits for no peer: allocated memory that one of this host stands in the
     * midst of an operation on is kept, out of use, until that has ended. No operation of ours may be
     * under way on it, and no {@linkplain #buffer() view} of it is touched any more if it was allocated. Idempotent.
     */
    @Override
    void close();
}
