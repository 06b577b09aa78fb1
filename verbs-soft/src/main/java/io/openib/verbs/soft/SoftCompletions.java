package io.openib.verbs.soft;

import io.openib.verbs.WorkCompletions;
import io.openib.verbs.soft.arena.Words;
import java.util.Objects;

/**
 * A batch of completions: four words each, {@code wr_id} and then those of {@link Completion}. What has no meaning after an
 * error reads as poison on purpose.
 */
final class SoftCompletions implements WorkCompletions {
    private static final int POISON = 0xdeadbeef;
    private static final int ROUTE = 1;
    private static final int SIZE = 2;
    private static final int SOURCE = 3;
    private static final int SHIFT = 2;

    private final int capacity;
    private final long[] words;
    private int count;

    SoftCompletions(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("a batch needs room for one completion at least, not " + capacity);
        }
        this.capacity = capacity;
        words = new long[capacity << SHIFT];
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

    /** Adds a completion by the words it travelled in, see {@link Completion#route} and {@link Completion#size}. */
    void add(long wrId, long route, long size, int source) {
        int at = count << SHIFT;
        words[at] = wrId;
        words[at + ROUTE] = route;
        words[at + SIZE] = size;
        words[at + SOURCE] = source;
        count++;
    }

    void add(long wrId, int opcode, int length, int immediate, int qpNumber, int source, int wcFlags) {
        int what = Completion.what(opcode, wcFlags, Completion.KIND_RECEIVE, 0);
        add(wrId, Words.join(what, qpNumber), Words.join(immediate, length), source);
    }

    void addError(long wrId, int status, int qpNumber) {
        addError(wrId, status, qpNumber, Silence.NONE.code());
    }

    /** Adds a failure; the last argument is a code of {@link Silence}. */
    void addError(long wrId, int status, int qpNumber, int silence) {
        add(wrId, Words.join(Completion.what(0, 0, Completion.KIND_RECEIVE, status), qpNumber), silence, 0);
    }

    @Override
    public int capacity() {
        return capacity;
    }

    private int at(int index) {
        return Objects.checkIndex(index, count) << SHIFT;
    }

    private long route(int index) {
        return words[at(index) + ROUTE];
    }

    private int unlessFailed(int index, int value) {
        return status(index) == 0 ? value : POISON;
    }

    @Override
    public long wrId(int index) {
        return words[at(index)];
    }

    @Override
    public int status(int index) {
        return Completion.status(route(index));
    }

    @Override
    public int opcode(int index) {
        return unlessFailed(index, Completion.opcode(route(index)));
    }

    @Override
    public int byteLength(int index) {
        return unlessFailed(index, Completion.length(words[at(index) + SIZE]));
    }

    @Override
    public int immediate(int index) {
        return unlessFailed(index, Completion.immediate(words[at(index) + SIZE]));
    }

    @Override
    public int qpNumber(int index) {
        return QpContext.numberOf(Completion.tag(route(index)));
    }

    @Override
    public int sourceQp(int index) {
        return unlessFailed(index, (int) words[at(index) + SOURCE]);
    }

    @Override
    public int flags(int index) {
        return unlessFailed(index, Completion.flags(route(index)));
    }

    @Override
    public int vendorError(int index) {
        return Silence.vendorError(status(index), (int) words[at(index) + SIZE]);
    }
}
