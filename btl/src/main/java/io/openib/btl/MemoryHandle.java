package io.openib.btl;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * Names a {@link RegisteredMemory} of one rank; calls that use it to another one are refused. Travels in at most
 * {@value #MAX_BYTES} bytes, 32 where its owner uses one device, big-endian, on any machine:
 *
 * <pre>
 *  0        1        2        4        8                16
 *  +--------+--------+--------+--------+-----------------+
 *  | version| count  | zero   | rank   | length          |
 *  +--------+--------+--------+--------+-----------------+
 *  | count times: device 4, rkey 4, address 8            |
 *  +-----------------------------------------------------+
 * </pre>
 */
public final class MemoryHandle {
    /** By how many devices one memory can be reached: there are hosts with eight adapters for messages and others for storage. */
    public static final int MAX_KEYS = 16;
    /** Bytes of the longest portable form. */
    public static final int MAX_BYTES = 272;

    private static final int VERSION = 3;
    private static final int RANK_OFFSET = 4;
    private static final int LENGTH_OFFSET = 8;
    private static final int KEYS_OFFSET = 16;
    private static final int KEY_BYTES = 16;

    /**
     * How one device of the memory's owner reaches it.
     *
     * @param device the owner's number for the device
     * @param rkey verbs' key
     * @param address verbs' address
     */
    public record Key(int device, int rkey, long address) {}

    private final int rank;
    private final long lengthBytes;
    private final Key[] keys;

    private MemoryHandle(int rank, long lengthBytes, List<Key> keys) {
        if (rank < 0 || lengthBytes < 0 || keys.isEmpty() || keys.size() > MAX_KEYS) {
            throw new IllegalArgumentException(
                    "no memory handle: rank " + rank + ", length " + lengthBytes + " with " + keys.size() + " keys");
        }
        this.rank = rank;
        this.lengthBytes = lengthBytes;
        this.keys = keys.toArray(Key[]::new);
    }

    /**
     * Called by transports.
     *
     * @param rank whose memory it is
     * @param lengthBytes of the memory
     * @param keys one to {@link #MAX_KEYS}
     */
    public static MemoryHandle of(int rank, long lengthBytes, List<Key> keys) {
        return new MemoryHandle(rank, lengthBytes, keys);
    }

    /** Whose memory it is. */
    public int rank() {
        return rank;
    }

    /** The length of the memory. */
    public long lengthBytes() {
        return lengthBytes;
    }

    /** How many devices reach it. */
    public int keyCount() {
        return keys.length;
    }

    /** One of them. */
    public Key key(int index) {
        return keys[index];
    }

    /** Bytes of its portable form. */
    public int byteLength() {
        return byteLength(keys.length);
    }

    private static int byteLength(int keyCount) {
        return KEYS_OFFSET + keyCount * KEY_BYTES;
    }

    /** Writes the portable form at the buffer's position and moves it on by {@link #byteLength()}. */
    public void encode(ByteBuffer target) {
        target.put(toBytes());
    }

    /** The portable form. */
    public byte[] toBytes() {
        ByteBuffer form = ByteBuffer.allocate(byteLength());
        form.put((byte) VERSION)
                .put((byte) keys.length)
                .putInt(RANK_OFFSET, rank)
                .putLong(LENGTH_OFFSET, lengthBytes)
                .position(KEYS_OFFSET);
        for (Key key : keys) {
            form.putInt(key.device).putInt(key.rkey).putLong(key.address);
        }
        return form.array();
    }

    /**
     * Reads a portable form at the buffer's position, whatever the buffer's byte order and whatever follows, and moves it on.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static MemoryHandle decode(ByteBuffer source) {
        verifyLength(source, byteLength(1));
        int version = source.get(source.position());
        int count = source.get(source.position() + 1);
        if (version != VERSION || count < 1 || count > MAX_KEYS) {
            throw new IllegalArgumentException("no memory handle: version " + version + " with " + count + " keys");
        }
        verifyLength(source, byteLength(count));
        ByteBuffer form = source.slice(source.position(), byteLength(count)).order(ByteOrder.BIG_ENDIAN);
        Key[] keys = new Key[count];
        for (int i = 0; i < count; i++) {
            int at = KEYS_OFFSET + i * KEY_BYTES;
            keys[i] = new Key(form.getInt(at), form.getInt(at + 4), form.getLong(at + 8));
        }
        source.position(source.position() + form.capacity());
        return new MemoryHandle(form.getInt(RANK_OFFSET), form.getLong(LENGTH_OFFSET), List.of(keys));
    }

    private static void verifyLength(ByteBuffer source, int needed) {
        if (source.remaining() < needed) {
            throw new IllegalArgumentException(
                    "a memory handle has " + needed + " bytes or more; here are " + source.remaining());
        }
    }

    /** Reads what {@link #toBytes()} gave. */
    public static MemoryHandle of(byte[] form) {
        return decode(ByteBuffer.wrap(form));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MemoryHandle handle
                && handle.rank == rank
                && handle.lengthBytes == lengthBytes
                && Arrays.equals(handle.keys, keys);
    }

    @Override
    public int hashCode() {
        return (Arrays.hashCode(keys) * 31 + Long.hashCode(lengthBytes)) * 31 + rank;
    }

    @Override
    public String toString() {
        return lengthBytes + " bytes of rank " + rank + " at " + Arrays.toString(keys);
    }
}
