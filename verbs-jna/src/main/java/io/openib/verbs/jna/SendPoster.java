package io.openib.verbs.jna;

import io.openib.verbs.Errno;
import io.openib.verbs.SendWorkRequest;
import java.lang.ref.Reference;

/** Posts to one send queue. Serialised by the caller; allocates nothing. */
final class SendPoster {
    private final HotCalls calls;
    private final boolean isDatagram;
    private final int maxSge;
    private final NativeMemory badWr = NativeMemory.ofBytes(Long.BYTES);

    /** The {@code ibv_qp}, 0 after it was closed. */
    private long qp;

    private long chains;

    SendPoster(HotCalls calls, long qp, boolean isDatagram, int maxSge) {
        this.calls = calls;
        this.qp = qp;
        this.isDatagram = isDatagram;
        this.maxSge = maxSge;
    }

    SendWorkRequest newRequest(String place, int sges) {
        if (sges < 0 || sges > maxSge) {
            throw Failures.invalid("ibv_post_send", place, sges + " entries, it takes at most " + maxSge);
        }
        return new JnaSendWorkRequest(sges);
    }

    void close() {
        qp = 0;
    }

    int post(SendWorkRequest wr) {
        JnaSendWorkRequest mine = (JnaSendWorkRequest) wr;
        if (qp == 0 || !mine.conclude(isDatagram)) {
            return -Errno.EINVAL;
        }
        mine.endChain();
        try {
            return call(mine);
        } finally {
            Reference.reachabilityFence(mine);
        }
    }

    int postChain(SendWorkRequest[] wrs, int n) {
        if (n <= 0) {
            return 0;
        }
        int linked = link(wrs, n);
        if (linked == 0 || qp == 0) {
            return -Errno.EINVAL;
        }
        try {
            int result = call((JnaSendWorkRequest) wrs[0]);
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
    private int resume(SendWorkRequest[] wrs, int from, int n) {
        int at = from;
        while (at < n && post(wrs[at]) == 0) {
            at++;
        }
        return at;
    }

    /** Links as many as can stand in one chain. */
    private int link(SendWorkRequest[] wrs, int n) {
        long serial = ++chains;
        JnaSendWorkRequest last = null;
        for (int i = 0; i < n; i++) {
            JnaSendWorkRequest next = (JnaSendWorkRequest) wrs[i];
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

    private int call(JnaSendWorkRequest first) {
        return -Math.abs(calls.postSend(qp, first.address(), badWr.address()));
    }

    private int postedBefore(SendWorkRequest[] wrs, int n) {
        long bad = badWr.bytes().getLong(0);
        for (int i = 0; i < n; i++) {
            if (((JnaSendWorkRequest) wrs[i]).address() == bad) {
                return i;
            }
        }
        return 0;
    }
}
