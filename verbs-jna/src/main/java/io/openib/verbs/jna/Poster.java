package io.openib.verbs.jna;

import io.openib.verbs.Errno;
import io.openib.verbs.jna.calls.HotCalls;
import java.lang.ref.Reference;
import java.util.concurrent.atomic.AtomicInteger;

/** Posts to one queue. Serialised by the caller; allocates nothing. */
final class Poster {
    /** Which function takes the chain. */
    enum Target {
        SEND,
        RECV,
        SRQ_RECV
    }

    private static final AtomicInteger MADE = new AtomicInteger();

    private final HotCalls calls;
    private final Target target;
    private final boolean isDatagram;
    private final NativeMemory badWr = NativeMemory.ofBytes(Long.BYTES);
    private final long badWrAddress = badWr.address();

    /** The queue pair or shared receive queue, 0 after it was closed. */
    private long queue;

    /** Serial numbers, no two of them the same in two posters: a request may go from one to the other. */
    private long chains = (long) MADE.incrementAndGet() << Integer.SIZE;

    private Poster(HotCalls calls, Target target, long queue, boolean isDatagram) {
        this.calls = calls;
        this.target = target;
        this.queue = queue;
        this.isDatagram = isDatagram;
    }

    static Poster ofSends(HotCalls calls, long qp, boolean isDatagram) {
        return new Poster(calls, Target.SEND, qp, isDatagram);
    }

    static Poster ofReceives(HotCalls calls, long qp) {
        return new Poster(calls, Target.RECV, qp, false);
    }

    static Poster ofSharedReceives(HotCalls calls, long srq) {
        return new Poster(calls, Target.SRQ_RECV, srq, false);
    }

    void close() {
        queue = 0;
    }

    /** Posts one; 0 or a negated errno. */
    int post(JnaWorkRequest wr) {
        if (queue == 0 || !wr.conclude(isDatagram)) {
            return -Errno.EINVAL;
        }
        wr.endChain();
        try {
            return call(wr);
        } finally {
            Reference.reachabilityFence(wr);
        }
    }

    /**
     * Posts the first {@code n}.
     *
     * @param wrs each a {@link JnaWorkRequest}
     * @return how many were posted; a negated errno for none
     */
    int postChain(Object[] wrs, int n) {
        if (n <= 0) {
            return 0;
        }
        int linked = link(wrs, n);
        if (linked == 0 || queue == 0) {
            return -Errno.EINVAL;
        }
        try {
            int result = call((JnaWorkRequest) wrs[0]);
            if (result == 0) {
                return linked == n ? n : resume(wrs, linked, n);
            }
            int posted = postedBefore(wrs, linked);
            return posted > 0 ? posted : result;
        } finally {
            Reference.reachabilityFence(wrs);
        }
    }

    /** The few that a chain could not hold: a request that is in it already, or a malformed one. */
    private int resume(Object[] wrs, int from, int n) {
        int at = from;
        while (at < n && post((JnaWorkRequest) wrs[at]) == 0) {
            at++;
        }
        return at;
    }

    /** Links as many as can stand in one chain. */
    private int link(Object[] wrs, int n) {
        long serial = ++chains;
        JnaWorkRequest last = null;
        for (int i = 0; i < n; i++) {
            JnaWorkRequest next = (JnaWorkRequest) wrs[i];
            if (!next.conclude(isDatagram) || !next.join(serial)) {
                return i;
            }
            next.endChain();
            if (last != null) {
                last.linkTo(next);
            }
            last = next;
        }
        return n;
    }

    private int call(JnaWorkRequest first) {
        long wr = first.address();
        int result =
                switch (target) {
                    case SEND -> calls.postSend(queue, wr, badWrAddress);
                    case RECV -> calls.postRecv(queue, wr, badWrAddress);
                    case SRQ_RECV -> calls.postSrqRecv(queue, wr, badWrAddress);
                };
        return -Math.abs(result);
    }

    private int postedBefore(Object[] wrs, int n) {
        long bad = badWr.bytes().getLong(0);
        for (int i = 0; i < n; i++) {
            if (((JnaWorkRequest) wrs[i]).address() == bad) {
                return i;
            }
        }
        return 0;
    }
}
