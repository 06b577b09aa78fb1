package io.openib.verbs.soft;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/** Completions that this process causes itself: of sends, and of flushed receives. Threads take turns by a flag. */
final class OwnCompletions {
    private static final VarHandle TAKEN;
    private static final int FIRST_ENTRIES = 64;

    static {
        try {
            TAKEN = MethodHandles.lookup().findVarHandle(OwnCompletions.class, "isTaken", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private int most;

    @SuppressWarnings("UnusedVariable") // through TAKEN
    private boolean isTaken;

    private long[] wrIds = new long[FIRST_ENTRIES];
    private int[] statuses = new int[FIRST_ENTRIES];
    private int[] opcodes = new int[FIRST_ENTRIES];
    private int[] lengths = new int[FIRST_ENTRIES];
    private long[] sendSlots = new long[FIRST_ENTRIES];
    private @Nullable SoftQp[] qps = new SoftQp[FIRST_ENTRIES];
    private long head;
    private volatile long tail;

    OwnCompletions(int most) {
        this.most = most;
    }

    private void take() {
        while (!TAKEN.compareAndSet(this, false, true)) {
            Thread.onSpinWait();
        }
    }

    private void giveBack() {
        TAKEN.setRelease(this, false);
    }

    /**
     * Adds a completion.
     *
     * @param length of the message; of a failure, a code of {@link Silence}
     * @param sendSlot the slot of the send queue that it frees, or -1 for a receive
     * @return false when the queue was full
     */
    boolean add(SoftQp qp, long wrId, int status, int opcode, int length, long sendSlot) {
        take();
        try {
            long at = tail;
            if (at - head >= wrIds.length && !grow()) {
                return false;
            }
            int index = (int) at & wrIds.length - 1;
            wrIds[index] = wrId;
            statuses[index] = status;
            opcodes[index] = opcode;
            lengths[index] = length;
            sendSlots[index] = sendSlot;
            qps[index] = qp;
            tail = at + 1;
            return at + 1 - head <= most;
        } finally {
            giveBack();
        }
    }

    private boolean grow() {
        int entries = wrIds.length;
        if (entries > most) {
            return false;
        }
        int more = entries * 2;
        long[] newWrIds = new long[more];
        int[] newStatuses = new int[more];
        int[] newOpcodes = new int[more];
        int[] newLengths = new int[more];
        long[] newSlots = new long[more];
        @Nullable SoftQp[] newQps = new SoftQp[more];
        for (long position = head; position < tail; position++) {
            int from = (int) position & entries - 1;
            int to = (int) position & more - 1;
            newWrIds[to] = wrIds[from];
            newStatuses[to] = statuses[from];
            newOpcodes[to] = opcodes[from];
            newLengths[to] = lengths[from];
            newSlots[to] = sendSlots[from];
            newQps[to] = qps[from];
        }
        wrIds = newWrIds;
        statuses = newStatuses;
        opcodes = newOpcodes;
        lengths = newLengths;
        sendSlots = newSlots;
        qps = newQps;
        return true;
    }

    /** From now on it holds so many: not fewer than before. */
    void resize(int entries) {
        take();
        most = entries;
        giveBack();
    }

    boolean isEmpty() {
        return tail == head;
    }

    /** Moves completions into the batch, as far as it has room. Those of closed queue pairs vanish. */
    void drain(SoftCompletions batch) {
        if (tail == head) {
            return;
        }
        take();
        try {
            while (head < tail && !batch.isFull()) {
                int index = (int) head & wrIds.length - 1;
                SoftQp qp = qps[index];
                qps[index] = null;
                if (qp != null && !qp.isClosed()) {
                    deliver(batch, qp, index);
                }
                head++;
            }
        } finally {
            giveBack();
        }
    }

    private void deliver(SoftCompletions batch, SoftQp qp, int index) {
        if (sendSlots[index] >= 0) {
            qp.sends().free(sendSlots[index]);
        }
        if (statuses[index] == 0) {
            batch.add(wrIds[index], opcodes[index], lengths[index], 0, qp.number(), 0, 0);
        } else {
            batch.addError(wrIds[index], statuses[index], qp.number(), lengths[index]);
        }
    }

    /** Takes the completions of a queue pair out: it was reset or closed. */
    void forget(SoftQp qp) {
        take();
        try {
            for (long position = head; position < tail; position++) {
                int index = (int) position & wrIds.length - 1;
                if (qps[index] == qp) {
                    qps[index] = null;
                }
            }
        } finally {
            giveBack();
        }
    }
}
