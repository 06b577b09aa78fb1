package io.openib.verbs.ffm;

import io.openib.verbs.jna.calls.HotCalls;
import io.openib.verbs.jna.calls.OpsPointers;
import java.lang.foreign.MemorySegment;

/** The hot calls of one ops table. */
final class FfmCalls implements HotCalls {
    private final MemorySegment postSend;
    private final MemorySegment postRecv;
    private final MemorySegment postSrqRecv;
    private final MemorySegment pollCq;
    private final MemorySegment reqNotifyCq;

    FfmCalls(OpsPointers pointers) {
        postSend = MemorySegment.ofAddress(pointers.postSend());
        postRecv = MemorySegment.ofAddress(pointers.postRecv());
        postSrqRecv = MemorySegment.ofAddress(pointers.postSrqRecv());
        pollCq = MemorySegment.ofAddress(pointers.pollCq());
        reqNotifyCq = MemorySegment.ofAddress(pointers.reqNotifyCq());
    }

    @Override
    public int postSend(long qp, long wr, long badWr) {
        return post(postSend, qp, wr, badWr);
    }

    @Override
    public int postRecv(long qp, long wr, long badWr) {
        return post(postRecv, qp, wr, badWr);
    }

    @Override
    public int postSrqRecv(long srq, long wr, long badWr) {
        return post(postSrqRecv, srq, wr, badWr);
    }

    private static int post(MemorySegment function, long queue, long wr, long badWr) {
        try {
            return (int) Handles.POST.invokeExact(function, queue, wr, badWr);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public int pollCq(long cq, int count, long wcs) {
        try {
            return (int) Handles.POLL.invokeExact(pollCq, cq, count, wcs);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public int pollLockedCq(long cq, int count, long wcs) {
        try {
            return (int) Handles.Locked.POLL.invokeExact(pollCq, cq, count, wcs);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    @Override
    public int reqNotifyCq(long cq, int isSolicitedOnly) {
        try {
            return (int) Handles.NOTIFY.invokeExact(reqNotifyCq, cq, isSolicitedOnly);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** A native function throws nothing. */
    private static RuntimeException unexpected(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return e instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e);
    }
}
