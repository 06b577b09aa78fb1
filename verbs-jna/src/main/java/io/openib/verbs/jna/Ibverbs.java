package io.openib.verbs.jna;

/** What libibverbs exports, under its names without {@code ibv_}. Pointers are raw addresses. */
interface Ibverbs {
    long getDeviceList(long count);

    void freeDeviceList(long list);

    long getDeviceName(long device);

    long openDevice(long device);

    int closeDevice(long context);

    int queryDevice(long context, long attr);

    int queryPort(long context, int port, long attr);

    int queryGid(long context, int port, int index, long gid);

    int queryPkey(long context, int port, int index, long pkey);

    long allocPd(long context);

    int deallocPd(long pd);

    long regMr(long pd, long address, long length, int access);

    int deregMr(long mr);

    long createCompChannel(long context);

    int destroyCompChannel(long channel);

    long createCq(long context, int cqe, long userContext, long channel, int vector);

    int resizeCq(long cq, int cqe);

    int destroyCq(long cq);

    int getCqEvent(long channel, long cq, long userContext);

    void ackCqEvents(long cq, int count);

    long createSrq(long pd, long initAttr);

    int modifySrq(long srq, long attr, int mask);

    int querySrq(long srq, long attr);

    int destroySrq(long srq);

    long createQp(long pd, long initAttr);

    int modifyQp(long qp, long attr, int mask);

    int queryQp(long qp, long attr, int mask, long initAttr);

    int destroyQp(long qp);

    long createAh(long pd, long attr);

    int destroyAh(long ah);

    int getAsyncEvent(long context, long event);

    void ackAsyncEvent(long event);
}
