package io.openib.btl.openib.fastpath;

import io.openib.btl.openib.memory.Slab;
import io.openib.verbs.QueuePair;
import io.openib.verbs.RecvWorkRequest;
import io.openib.verbs.SharedReceiveQueue;
import org.jspecify.annotations.Nullable;

/** Posts receives in chains, to a queue pair or to a shared queue, with requests made once. */
final class ReceivePoster {
    private static final int CHAIN = 16;

    private final @Nullable QueuePair qp;
    private final @Nullable SharedReceiveQueue srq;
    private final RecvWorkRequest[] chain = new RecvWorkRequest[CHAIN];
    private final int lengthBytes;
    private int chained;

    ReceivePoster(QueuePair qp, int lengthBytes) {
        this.qp = qp;
        this.srq = null;
        this.lengthBytes = lengthBytes;
        for (int i = 0; i < CHAIN; i++) {
            chain[i] = qp.newRecvRequest(1).sgeCount(1);
        }
    }

    ReceivePoster(SharedReceiveQueue srq, int lengthBytes) {
        this.qp = null;
        this.srq = srq;
        this.lengthBytes = lengthBytes;
        for (int i = 0; i < CHAIN; i++) {
            chain[i] = srq.newRecvRequest(1).sgeCount(1);
        }
    }

    /** Adds a receive; {@link #flush} posts what has been added. Returns a negated errno when the device refuses. */
    int add(long wrId, Slab slab, int index) {
        chain[chained++].wrId(wrId).sge(0, slab.address(index), lengthBytes, slab.lkey());
        return chained == CHAIN ? flush() : 0;
    }

    /** Posts what has been added. */
    int flush() {
        if (chained == 0) {
            return 0;
        }
        int count = chained;
        chained = 0;
        int posted = qp != null ? qp.postChain(chain, count) : srq == null ? 0 : srq.postChain(chain, count);
        return posted == count ? 0 : Math.min(posted, -1);
    }
}
