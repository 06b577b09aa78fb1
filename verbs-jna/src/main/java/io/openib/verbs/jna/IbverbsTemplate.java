package io.openib.verbs.jna;

/** {@link Ibverbs} by JNA, see {@link NativeBinding}. */
final class IbverbsTemplate implements Ibverbs {
    @Override
    public native long getDeviceList(long count);

    @Override
    public native void freeDeviceList(long list);

    @Override
    public native long getDeviceName(long device);

    @Override
    public native long openDevice(long device);

    @Override
    public native int closeDevice(long context);

    @Override
    public native int queryDevice(long context, long attr);

    @Override
    public native int queryPort(long context, int port, long attr);

    @Override
    public native int queryGid(long context, int port, int index, long gid);

    @Override
    public native int queryPkey(long context, int port, int index, long pkey);

    @Override
    public native long allocPd(long context);

    @Override
    public native int deallocPd(long pd);

    @Override
    public native long regMr(long pd, long address, long length, int access);

    @Override
    public native int deregMr(long mr);

    @Override
    public native long createCompChannel(long context);

    @Override
    public native int destroyCompChannel(long channel);

    @Override
    public native long createCq(long context, int cqe, long userContext, long channel, int vector);

    @Override
    public native int resizeCq(long cq, int cqe);

    @Override
    public native int destroyCq(long cq);

    @Override
    public native int getCqEvent(long channel, long cq, long userContext);

    @Override
    public native void ackCqEvents(long cq, int count);

    @Override
    public native long createSrq(long pd, long initAttr);

    @Override
    public native int modifySrq(long srq, long attr, int mask);

    @Override
    public native int querySrq(long srq, long attr);

    @Override
    public native int destroySrq(long srq);

    @Override
    public native long createQp(long pd, long initAttr);

    @Override
    public native int modifyQp(long qp, long attr, int mask);

    @Override
    public native int queryQp(long qp, long attr, int mask, long initAttr);

    @Override
    public native int destroyQp(long qp);

    @Override
    public native long createAh(long pd, long attr);

    @Override
    public native int destroyAh(long ah);

    @Override
    public native int getAsyncEvent(long context, long event);

    @Override
    public native void ackAsyncEvent(long event);
}
