package io.openib.btl;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * Names a {@link RegisteredMemory} of one rank; calls that use it to another one are refused. Travels as {@value #BYTES} bytes,
 * big-endian, on any machine:
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
    /** Bytes of the portable form. */
    public static final int BYTES = 64;
    /** On how many devices one memory can be reached. */
    public static final int MAX_KEYS = 3;

    private static final int VERSION = 2;
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

    /** Writes the portable form at the buffer's position and moves it on by {@link #BYTES}. */
    public void encode(ByteBuffer target) {
        target.put(toBytes());
    }

    /** The portable form. */
    public byte[] toBytes() {
        ByteBuffer form = ByteBuffer.allocate(BYTES);
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
     * Reads a portable form at the buffer's position, whatever the buffer's byte order, and moves it on.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static MemoryHandle decode(ByteBuffer source) {
        if (source.remaining() < BYTES) {
            throw new IllegalArgumentException(
                    "a memory handle has " + BYTES + " bytes; here are " + source.remaining());
        }
        ByteBuffer form = source.slice(source.position(), BYTES).order(ByteOrder.BIG_ENDIAN);
        int version = form.get(0);
        int count = form.get(1);
        if (version != VERSION || count < 1 || count > MAX_KEYS) {
            throw new IllegalArgumentException("no memory handle: version " + version + " with " + count + " keys");
        }
        Key[] keys = new Key[count];
        for (int i = 0; i < count; i++) {
            int at = KEYS_OFFSET + i * KEY_BYTES;
            keys[i] = new Key(form.getInt(at), form.getInt(at + 4), form.getLong(at + 8));
        }
        source.position(source.position() + BYTES);
        return new MemoryHandle(form.getInt(RANK_OFFSET), form.getLong(LENGTH_OFFSET), List.of(keys));
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
