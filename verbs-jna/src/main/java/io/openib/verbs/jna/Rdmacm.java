package io.openib.verbs.jna;

/** What librdmacm exports, under its names without {@code rdma_}. Pointers are raw addresses. */
interface Rdmacm {
    long createEventChannel();

    void destroyEventChannel(long channel);

    int createId(long channel, long id, long context, int portSpace);

    int destroyId(long id);

    int bindAddr(long id, long address);

    int listen(long id, int backlog);

    int resolveAddr(long id, long source, long destination, int timeoutMs);

    int resolveRoute(long id, int timeoutMs);

    int connect(long id, long param);

    int accept(long id, long param);

    int reject(long id, long privateData, int length);

    int disconnect(long id);

    int establish(long id);

    int getCmEvent(long channel, long event);

    int ackCmEvent(long event);

    int initQpAttr(long id, long attr, long mask);

    long getDevices(long count);

    void freeDevices(long list);
}
