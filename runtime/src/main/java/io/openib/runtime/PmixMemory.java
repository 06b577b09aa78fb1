package io.openib.runtime;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The structures of {@code pmix_common.h} on a 64-bit Linux, as far as they are needed here.
 *
 * <pre>
 * pmix_proc_t    0 namespace, 256 bytes with their zero   256 rank
 * pmix_value_t   0 type 16   8 a number, a pointer to text, or a pointer to bytes   16 their length
 * pmix_info_t    0 key, 512 bytes with their zero   512 flags   520 value
 * </pre>
 */
final class PmixMemory {

    /** For what belongs to the job and to no rank of it. */
    static final int ANY_RANK = -2;

    private static final int PROCESS_BYTES = 260;
    private static final int RANK = 256;
    private static final int VALUE_BYTES = 32;
    private static final int DATA = 8;
    private static final int DATA_LENGTH = 16;
    private static final int INFO_BYTES = 552;
    private static final int INFO_VALUE = 520;

    private static final short BOOL = 1;
    private static final short STRING = 3;
    private static final short UINT32 = 14;
    private static final short BYTE_OBJECT = 27;

    static {
        Native.register(PmixMemory.class, NativeLibrary.getProcess());
    }

    private PmixMemory() {}

    /** Room for a process, to be filled in. */
    static Memory process() {
        return cleared(PROCESS_BYTES);
    }

    /** Another process of the same namespace. */
    static Memory process(Pointer ofJob, int rank) {
        Memory process = process();
        process.write(0, ofJob.getByteArray(0, RANK), 0, RANK);
        process.setInt(RANK, rank);
        return process;
    }

    static String namespace(Pointer process) {
        return process.getString(0, StandardCharsets.UTF_8.name());
    }

    static int rank(Pointer process) {
        return process.getInt(RANK);
    }

    /** One directive, which is true. */
    static Memory flag(String key) {
        Memory info = cleared(INFO_BYTES);
        info.setString(0, key, StandardCharsets.US_ASCII.name());
        info.setShort(INFO_VALUE, BOOL);
        info.setByte(INFO_VALUE + DATA, (byte) 1);
        return info;
    }

    static Memory copyOf(byte[] bytes) {
        Memory copy = cleared(Math.max(1, bytes.length));
        copy.write(0, bytes, 0, bytes.length);
        return copy;
    }

    /** A value that is bytes. */
    static Memory value(Pointer bytes, int length) {
        Memory value = cleared(VALUE_BYTES);
        value.setShort(0, BYTE_OBJECT);
        value.setPointer(DATA, bytes);
        value.setLong(DATA_LENGTH, length);
        return value;
    }

    /** The number in a value that the library made, which is given back. */
    static int takeNumber(Pointer value) throws PmixException {
        try {
            if (type(value) != UINT32) {
                throw new PmixException("PMIx_Get", type(value), "a value that is no number");
            }
            return value.getInt(DATA);
        } finally {
            free(value);
        }
    }

    /** As {@link #takeNumber}; empty if it is no text. */
    static Optional<String> takeText(Pointer value) {
        boolean isText = type(value) == STRING;
        Pointer text = isText ? value.getPointer(DATA) : null;
        try {
            return Optional.ofNullable(text).map(found -> found.getString(0, StandardCharsets.UTF_8.name()));
        } finally {
            free(text);
            free(value);
        }
    }

    /** As {@link #takeNumber}. */
    static byte[] takeBytes(Pointer value) throws PmixException {
        boolean isBytes = type(value) == BYTE_OBJECT;
        Pointer bytes = isBytes ? value.getPointer(DATA) : null;
        try {
            if (!isBytes) {
                throw new PmixException("PMIx_Get", type(value), "a value that is not bytes");
            }
            return bytes == null ? new byte[0] : bytes.getByteArray(0, Math.toIntExact(value.getLong(DATA_LENGTH)));
        } finally {
            free(bytes);
            free(value);
        }
    }

    private static short type(Pointer value) {
        return value.getShort(0);
    }

    private static Memory cleared(long size) {
        Memory memory = new Memory(size);
        memory.clear();
        return memory;
    }

    /** The C library's, which takes null. */
    private static native void free(@Nullable Pointer pointer);
}
