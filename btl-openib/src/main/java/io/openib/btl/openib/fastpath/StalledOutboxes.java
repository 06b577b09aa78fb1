package io.openib.btl.openib.fastpath;

import java.util.Arrays;

/** Outboxes that have something to send, and a lane that took no more. Owner thread. */
final class StalledOutboxes {
    private Outbox[] outboxes = new Outbox[16];
    private int count;

    boolean isEmpty() {
        return count == 0;
    }

    void add(Outbox outbox) {
        if (count == outboxes.length) {
            outboxes = Arrays.copyOf(outboxes, count * 2);
        }
        outboxes[count++] = outbox;
    }

    /** Tries each; returns how much was sent. Those that come in meanwhile wait for the next time. */
    int drain() {
        int work = 0;
        int kept = 0;
        int before = count;
        for (int i = 0; i < before; i++) {
            Outbox outbox = outboxes[i];
            work += outbox.drain();
            if (outbox.isStalled()) {
                outboxes[kept++] = outbox;
            } else {
                outbox.unlisted();
            }
        }
        for (int i = before; i < count; i++) {
            outboxes[kept++] = outboxes[i];
        }
        Arrays.fill(outboxes, kept, count, null);
        count = kept;
        return work;
    }
}
