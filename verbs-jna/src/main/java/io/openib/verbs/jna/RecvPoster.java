package io.openib.verbs.jna;

import io.openib.verbs.Errno;
import io.openib.verbs.RecvWorkRequest;
import java.lang.ref.Reference;

/** Posts receives to one queue, a queue pair's own or a shared one. Serialised by the caller; allocates nothing. */
final class RecvPoster {
    private final HotCalls calls;
    private final boolean isShared;
    private final int maxSge;
    private final NativeMemory badWr = NativeMemory.ofBytes(Long.BYTES);

    /** The queue pair or shared receive queue, 0 after it was closed. */
    private long queue;

    private long chains;

    RecvPoster(HotCalls calls, long queue, boolean isShared, int maxSge) {
        this.calls = calls;
        this.queue = queue;
        this.isShared = isShared;
        this.maxSge = maxSge;
    }

    RecvWorkRequest newRequest(String place, int sges) {
        if (sges < 0 || sges > maxSge) {
            throw Failures.invalid("ibv_post_recv", place, sges + " entries, it takes at most " + maxSge);
        }
        return new JnaRecvWorkRequest(sges);
    }

    void close() {
        queue = 0;
    }

    int post(RecvWorkRequest wr) {
        JnaRecvWorkRequest mine = (JnaRecvWorkRequest) wr;
        if (queue == 0 || !mine.isSound()) {
            return -Errno.EINVAL;
        }
        mine.endChain();
        try {
            return call(mine);
        } finally {
            Reference.reachabilityFence(mine);
        }
    }

    int postChain(RecvWorkRequest[] wrs, int n) {
        if (n <= 0) {
            return 0;
        }
        int linked = link(wrs, n);
        if (linked == 0 || queue == 0) {
            return -Errno.EINVAL;
        }
        try {
            int result = call((JnaRecvWorkRequest) wrs[0]);
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
    private int resume(RecvWorkRequest[] wrs, int from, int n) {
        int at = from;
        while (at < n && post(wrs[at]) == 0) {
            at++;
        }
        return at;
    }

    /** Links as many as can stand in one chain. */
    private int link(RecvWorkRequest[] wrs, int n) {
        long serial = ++chains;
        JnaRecvWorkRequest last = null;
        for (int i = 0; i < n; i++) {
            JnaRecvWorkRequest next = (JnaRecvWorkRequest) wrs[i];
            if (!next.isSound() || !next.join(serial)) {
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

    private int postedBefore(RecvWorkRequest[] wrs, int n) {
        long bad = badWr.bytes().getLong(0);
        for (int i = 0; i < n; i++) {
            if (((JnaRecvWorkRequest) wrs[i]).address() == bad) {
                return i;
            }
        }
        return 0;
    }

    private int call(JnaRecvWorkRequest first) {
        long wr = first.address();
        long bad = badWr.address();
        int result = isShared ? calls.postSrqRecv(queue, wr, bad) : calls.postRecv(queue, wr, bad);
        return -Math.abs(result);
    }
}
