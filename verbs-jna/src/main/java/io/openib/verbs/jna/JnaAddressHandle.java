package io.openib.verbs.jna;

import io.openib.verbs.AddressHandle;

/** {@code struct ibv_ah}. */
final class JnaAddressHandle implements AddressHandle {
    private final VerbsContext context;
    private final Handle handle;
    private volatile long live;

    JnaAddressHandle(VerbsContext context, long ah) {
        this.context = context;
        this.handle = new Handle(context.deviceName() + " ah", ah);
        this.live = ah;
    }

    /** The {@code ibv_ah}, 0 after it was closed. */
    long addressOrZero() {
        return live;
    }

    @Override
    public void close() {
        live = 0;
        handle.close("ibv_destroy_ah", context.ibv()::destroyAh, ah -> context.closed(ah, this));
    }
}
