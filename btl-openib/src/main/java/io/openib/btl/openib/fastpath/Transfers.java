package io.openib.btl.openib.fastpath;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** The transfers of a module: a bounded number, made as needed and used again. */
final class Transfers {
    private static final int MAX = 1024;

    private final FastPath path;
    private final ArrayDeque<Transfer> free = new ArrayDeque<>();
    private final Transfer[] posting = new Transfer[MAX];
    private int postingCount;
    private int made;

    Transfers(FastPath path) {
        this.path = path;
    }

    /** A free one, or null when all are busy. */
    @Nullable
    Transfer take() {
        Transfer transfer = free.pollLast();
        if (transfer == null && made < MAX) {
            made++;
            transfer = new Transfer(path);
        }
        return transfer;
    }

    void free(Transfer transfer) {
        free.addLast(transfer);
    }

    boolean isPosting() {
        return postingCount > 0;
    }

    /** Whether all are complete. */
    boolean areDone() {
        return free.size() == made;
    }

    /** Starts one that was taken and filled. */
    void start(Transfer transfer) {
        transfer.advance();
        if (transfer.isPosting()) {
            posting[postingCount++] = transfer;
        }
    }

    /** Posts what can be posted; returns how many pieces. */
    int advance() {
        int work = 0;
        int kept = 0;
        int count = postingCount;
        for (int i = 0; i < count; i++) {
            Transfer transfer = posting[i];
            work += transfer.advance();
            if (transfer.isPosting()) {
                posting[kept++] = transfer;
            }
        }
        postingCount = kept;
        return work;
    }

    /** Abandons those to one peer that have pieces to post. */
    void abandon(Outbox outbox, int status) {
        int kept = 0;
        int count = postingCount;
        Transfer[] abandoned = new Transfer[count];
        int abandonedCount = 0;
        for (int i = 0; i < count; i++) {
            if (posting[i].outbox() == outbox) {
                abandoned[abandonedCount++] = posting[i];
            } else {
                posting[kept++] = posting[i];
            }
        }
        postingCount = kept;
        for (int i = 0; i < abandonedCount; i++) {
            abandoned[i].abandon(status);
            abandoned[i].finishIfDone();
        }
    }
}
