package io.openib.verbs.jna;

import io.openib.verbs.jna.calls.HotCalls;

/** {@link HotCalls} by JNA: {@link NativeBinding} makes a class of this for each set of pointers. */
final class HotCallsTemplate implements HotCalls {
    @Override
    public native int postSend(long qp, long wr, long badWr);

    @Override
    public native int postRecv(long qp, long wr, long badWr);

    @Override
    public native int postSrqRecv(long srq, long wr, long badWr);

    @Override
    public native int pollCq(long cq, int count, long wcs);

    @Override
    public native int reqNotifyCq(long cq, int isSolicitedOnly);
}
