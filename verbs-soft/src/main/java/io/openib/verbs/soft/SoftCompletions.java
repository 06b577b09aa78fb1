package io.openib.verbs.soft;

import io.openib.verbs.WorkCompletions;
import java.util.Objects;

/** A batch of completions: a primitive array a field. What has no meaning after an error is poison on purpose. */
final class SoftCompletions implements WorkCompletions {
    private static final int POISON = 0xdeadbeef;

    private final int capacity;
    private final long[] wrIds;
    private final int[] statuses;
    private final int[] opcodes;
    private final int[] lengths;
    private final int[] immediates;
    private final int[] qpNumbers;
    private final int[] sources;
    private final int[] flags;
    private int count;

    SoftCompletions(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("a batch needs room for one completion at least, not " + capacity);
        }
        this.capacity = capacity;
        wrIds = new long[capacity];
        statuses = new int[capacity];
        opcodes = new int[capacity];
        lengths = new int[capacity];
        immediates = new int[capacity];
        qpNumbers = new int[capacity];
        sources = new int[capacity];
        flags = new int[capacity];
    }

    void clear() {
        count = 0;
    }

    int count() {
        return count;
    }

    boolean isFull() {
        return count == capacity;
    }

    void add(long wrId, int opcode, int length, int immediate, int qpNumber, int source, int wcFlags) {
        int index = count++;
        wrIds[index] = wrId;
        statuses[index] = 0;
        opcodes[index] = opcode;
        lengths[index] = length;
        immediates[index] = immediate;
        qpNumbers[index] = qpNumber;
        sources[index] = source;
        flags[index] = wcFlags;
    }

    void addError(long wrId, int status, int qpNumber) {
        add(wrId, POISON, POISON, POISON, qpNumber, POISON, POISON);
        statuses[count - 1] = status;
    }

    @Override
    public int capacity() {
        return capacity;
    }

    private int at(int index) {
        return Objects.checkIndex(index, count);
    }

    @Override
    public long wrId(int index) {
        return wrIds[at(index)];
    }

    @Override
    public int status(int index) {
        return statuses[at(index)];
    }

    @Override
    public int opcode(int index) {
        return opcodes[at(index)];
    }

    @Override
    public int vendorError(int index) {
        return statuses[at(index)] == 0 ? 0 : 0x50f7 << 8 | statuses[index];
    }

    @Override
    public int byteLength(int index) {
        return lengths[at(index)];
    }

    @Override
    public int immediate(int index) {
        return immediates[at(index)];
    }

    @Override
    public int qpNumber(int index) {
        return qpNumbers[at(index)];
    }

    @Override
    public int sourceQp(int index) {
        return sources[at(index)];
    }

    @Override
    public int flags(int index) {
        return flags[at(index)];
    }
}
