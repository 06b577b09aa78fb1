package io.openib.verbs.soft;

import io.openib.verbs.AddressHandle;
import io.openib.verbs.AddressVector;

/** Where datagrams go. */
final class SoftAh implements AddressHandle {
    private final SoftPd pd;
    private final AddressVector vector;
    private final long arenaId;

    SoftAh(SoftPd pd, AddressVector vector) {
        this.pd = pd;
        this.vector = vector;
        this.arenaId = pd.adapter().port().arenaOf(vector);
    }

    AddressVector vector() {
        return vector;
    }

    /** The destination's arena; 0 when the address names none. */
    long arenaId() {
        return arenaId;
    }

    @Override
    public void close() {
        pd.forget(this);
    }
}
