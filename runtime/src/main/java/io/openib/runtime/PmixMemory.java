package io.openib.runtime;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;

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
        Native.register(PmixMemory.class, com.sun.jna.NativeLibrary.getProcess());
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
        checkType(value, UINT32);
        int number = value.getInt(DATA);
        free(value);
        return number;
    }

    /** As {@link #takeNumber}. */
    static String takeText(Pointer value) throws PmixException {
        checkType(value, STRING);
        Pointer text = value.getPointer(DATA);
        String taken = text == null ? "" : text.getString(0, StandardCharsets.UTF_8.name());
        free(text);
        free(value);
        return taken;
    }

    /** As {@link #takeNumber}. */
    static byte[] takeBytes(Pointer value) throws PmixException {
        checkType(value, BYTE_OBJECT);
        Pointer bytes = value.getPointer(DATA);
        byte[] taken = bytes == null ? new byte[0] : bytes.getByteArray(0, Math.toIntExact(value.getLong(DATA_LENGTH)));
        free(bytes);
        free(value);
        return taken;
    }

    private static void checkType(Pointer value, short expected) throws PmixException {
        short type = value.getShort(0);
        if (type != expected) {
            throw new PmixException("PMIx_Get", type, "a value of another type than " + expected);
        }
    }

    private static Memory cleared(long size) {
        Memory memory = new Memory(size);
        memory.clear();
        return memory;
    }

    /** The C library's, which takes null. */
    private static native void free(@org.jspecify.annotations.Nullable Pointer pointer);
}
