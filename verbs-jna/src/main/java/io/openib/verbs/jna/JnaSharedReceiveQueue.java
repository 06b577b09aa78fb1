package io.openib.verbs.jna;

import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.RecvWorkRequest;
import io.openib.verbs.SharedReceiveQueue;

/** {@code struct ibv_srq}. */
final class JnaSharedReceiveQueue implements SharedReceiveQueue {
    private final JnaProtectionDomain pd;
    private final VerbsContext context;
    private final Handle handle;
    private final int maxWr;
    private final int maxSge;
    private final Poster recvs;

    JnaSharedReceiveQueue(JnaProtectionDomain pd, VerbsContext context, long srq, int maxWr, int maxSge) {
        this.pd = pd;
        this.context = context;
        this.handle = new Handle(context.deviceName() + " srq", srq);
        this.maxWr = maxWr;
        this.maxSge = maxSge;
        this.recvs = Poster.ofSharedReceives(context.hotCalls(), srq);
    }

    long address() {
        return handle.address();
    }

    @Override
    public ProtectionDomain protectionDomain() {
        return pd;
    }

    @Override
    public int maxWr() {
        return maxWr;
    }

    @Override
    public int maxSge() {
        return maxSge;
    }

    @Override
    public void armLimit(int receives) {
        if (receives < 0 || receives > maxWr) {
            throw Failures.invalid(
                    "ibv_modify_srq", handle.place(), "limit " + receives + " is not within 0 to " + maxWr);
        }
        NativeMemory attr = NativeMemory.ofBytes(SrqInitAttrLayout.ATTR_BYTES);
        attr.bytes().putInt(SrqInitAttrLayout.ATTR_SRQ_LIMIT, receives);
        int result = context.ibv().modifySrq(handle.address(), attr.address(), SrqInitAttrLayout.MASK_LIMIT);
        attr.keep();
        Failures.check(result, "ibv_modify_srq", handle.place());
    }

    @Override
    public int limit() {
        NativeMemory attr = NativeMemory.ofBytes(SrqInitAttrLayout.ATTR_BYTES);
        int result = context.ibv().querySrq(handle.address(), attr.address());
        Failures.check(result, "ibv_query_srq", handle.place());
        return attr.bytes().getInt(SrqInitAttrLayout.ATTR_SRQ_LIMIT);
    }

    @Override
    public RecvWorkRequest newRecvRequest(int sges) {
        return JnaRecvWorkRequest.of(handle.place(), sges, maxSge);
    }

    @Override
    public int post(RecvWorkRequest wr) {
        return recvs.post((JnaWorkRequest) wr);
    }

    @Override
    public int postChain(RecvWorkRequest[] wrs, int n) {
        return recvs.postChain(wrs, n);
    }

    @Override
    public void close() {
        handle.close("ibv_destroy_srq", context.ibv()::destroySrq, this::gone);
    }

    private void gone(long srq) {
        recvs.close();
        context.closed(srq, this);
    }

    @Override
    public String toString() {
        return handle.place();
    }
}
