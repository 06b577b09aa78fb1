package io.openib.btl.openib.fastpath;

import io.openib.btl.BtlStatus;
import io.openib.btl.openib.memory.FairShare;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The transfers of a module: a bounded number, {@linkplain FairShare shared fairly} by peers, made as needed and used again. */
final class Transfers {
    private static final int MAX = 1024;

    private final FastPath path;
    private final ArrayDeque<Transfer> free = new ArrayDeque<>();
    private Transfer[] posting = new Transfer[MAX];
    private int postingCount;
    private int made;

    Transfers(FastPath path) {
        this.path = path;
    }

    /** One for a peer that has so many, or null when it has its share. */
    @Nullable
    Transfer take(int held) {
        if (!hasRoom(held)) {
            return null;
        }
        Transfer transfer = free.pollLast();
        if (transfer == null) {
            made++;
            transfer = new Transfer(path);
        }
        return transfer;
    }

    /** Whether a peer that has so many may have one more. */
    boolean hasRoom(int held) {
        int busy = made - free.size();
        return FairShare.allows(held, MAX - busy);
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
            if (postingCount == posting.length) {
                posting = Arrays.copyOf(posting, 2 * postingCount);
            }
            posting[postingCount++] = transfer;
            transfer.isListed = true;
        }
    }

    /** Takes out one that is over before all its pieces were posted: it is another call's next. */
    void unlist(Transfer transfer) {
        for (int i = 0; transfer.isListed; i++) {
            if (posting[i] == transfer) {
                transfer.isListed = false;
                postingCount--;
                System.arraycopy(posting, i + 1, posting, i, postingCount - i);
            }
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
            } else {
                transfer.isListed = false;
            }
        }
        postingCount = kept;
        if (path.staging.isStarved()) {
            path.tellShortages();
            abandon(Transfer::isStarved, BtlStatus.PEER_FAILED);
        }
        return work;
    }

    /** Abandons those to one peer that have pieces to post. */
    void abandon(Outbox outbox, int status) {
        abandon(transfer -> transfer.outbox() == outbox, status);
    }

    private void abandon(Predicate<Transfer> isMeant, int status) {
        int kept = 0;
        int count = postingCount;
        Transfer[] abandoned = new Transfer[count];
        int abandonedCount = 0;
        for (int i = 0; i < count; i++) {
            if (isMeant.test(posting[i])) {
                posting[i].isListed = false;
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
