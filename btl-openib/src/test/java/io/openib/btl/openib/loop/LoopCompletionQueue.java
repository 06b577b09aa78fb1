package io.openib.btl.openib.loop;

import io.openib.verbs.CompletionChannel;
import io.openib.verbs.CompletionQueue;
import io.openib.verbs.Device;
import io.openib.verbs.WorkCompletions;
import org.jspecify.annotations.Nullable;

final class LoopCompletionQueue implements CompletionQueue {
    private final LoopDevice device;
    private long[] ids;
    private int[] statuses;
    private int[] lengths;
    private int[] qps;
    private volatile int cqe;
    private int head;
    private volatile int tail;
    private volatile boolean isClosed;

    LoopCompletionQueue(LoopDevice device, int cqe) {
        this.device = device;
        this.cqe = cqe;
        int capacity = Integer.highestOneBit(cqe * 2 - 1);
        ids = new long[capacity];
        statuses = new int[capacity];
        lengths = new int[capacity];
        qps = new int[capacity];
    }

    /** Under the fabric's lock. */
    void add(long wrId, int status, int length, int qp) {
        int last = tail;
        if (last - head == cqe) {
            throw new IllegalStateException("completion queue overrun");
        }
        int at = last & ids.length - 1;
        ids[at] = wrId;
        statuses[at] = status;
        lengths[at] = length;
        qps[at] = qp;
        tail = last + 1;
    }

    @Override
    public Device device() {
        return device;
    }

    @Override
    public int cqe() {
        return cqe;
    }

    @Override
    public void resize(int entries) {
        device.resizesQueue(entries);
        synchronized (LoopFabric.LOCK) {
            LoopCompletionQueue larger = new LoopCompletionQueue(device, Math.max(entries, cqe));
            larger.head = head;
            larger.tail = head;
            for (int i = head; i != tail; i++) {
                int at = i & ids.length - 1;
                larger.add(ids[at], statuses[at], lengths[at], qps[at]);
            }
            ids = larger.ids;
            statuses = larger.statuses;
            lengths = larger.lengths;
            qps = larger.qps;
            cqe = larger.cqe;
        }
    }

    @Override
    public @Nullable CompletionChannel channel() {
        return null;
    }

    @Override
    public WorkCompletions newCompletions(int capacity) {
        return new Batch(capacity);
    }

    @Override
    public int poll(WorkCompletions batch) {
        if (isClosed) {
            throw new IllegalStateException("a completion queue is polled after it was closed");
        }
        if (head == tail) {
            return 0;
        }
        Batch into = (Batch) batch;
        synchronized (LoopFabric.LOCK) {
            int count = Math.min(tail - head, into.ids.length);
            for (int i = 0; i < count; i++) {
                int at = head++ & ids.length - 1;
                into.ids[i] = ids[at];
                into.statuses[i] = statuses[at];
                into.lengths[i] = lengths[at];
                into.qps[i] = qps[at];
            }
            return count;
        }
    }

    @Override
    public int requestNotify(boolean isSolicitedOnly) {
        return 0;
    }

    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            device.objects().closed();
        }
    }

    private static final class Batch implements WorkCompletions {
        final long[] ids;
        final int[] statuses;
        final int[] lengths;
        final int[] qps;

        Batch(int capacity) {
            ids = new long[capacity];
            statuses = new int[capacity];
            lengths = new int[capacity];
            qps = new int[capacity];
        }

        @Override
        public int capacity() {
            return ids.length;
        }

        @Override
        public long wrId(int index) {
            return ids[index];
        }

        @Override
        public int status(int index) {
            return statuses[index];
        }

        @Override
        public int opcode(int index) {
            return -1;
        }

        @Override
        public int vendorError(int index) {
            return 0;
        }

        @Override
        public int byteLength(int index) {
            return lengths[index];
        }

        @Override
        public int immediate(int index) {
            return 0;
        }

        @Override
        public int qpNumber(int index) {
            return qps[index];
        }

        @Override
        public int sourceQp(int index) {
            return 0;
        }

        @Override
        public int flags(int index) {
            return 0;
        }
    }
}
