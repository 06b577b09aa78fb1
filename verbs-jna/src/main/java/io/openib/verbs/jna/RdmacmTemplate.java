package io.openib.verbs.jna;

/** {@link Rdmacm} by JNA, see {@link NativeBinding}. */
final class RdmacmTemplate implements Rdmacm {
    @Override
    public native long createEventChannel();

    @Override
    public native void destroyEventChannel(long channel);

    @Override
    public native int createId(long channel, long id, long context, int portSpace);

    @Override
    public native int destroyId(long id);

    @Override
    public native int bindAddr(long id, long address);

    @Override
    public native int listen(long id, int backlog);

    @Override
    public native int resolveAddr(long id, long source, long destination, int timeoutMs);

    @Override
    public native int resolveRoute(long id, int timeoutMs);

    @Override
    public native int connect(long id, long param);

    @Override
    public native int accept(long id, long param);

    @Override
    public native int reject(long id, long privateData, int length);

    @Override
    public native int disconnect(long id);

    @Override
    public native int establish(long id);

    @Override
    public native int getCmEvent(long channel, long event);

    @Override
    public native int ackCmEvent(long event);

    @Override
    public native int initQpAttr(long id, long attr, long mask);

    @Override
    public native long getDevices(long count);

    @Override
    public native void freeDevices(long list);
}
