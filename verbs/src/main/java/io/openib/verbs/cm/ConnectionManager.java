package io.openib.verbs.cm;

import io.openib.verbs.Availability;

/** librdmacm of one provider. */
public interface ConnectionManager {
    /** Private data a connect carries at most, in bytes. */
    int CONNECT_PRIVATE_DATA = 56;

    /** Private data an accept carries at most, in bytes. */
    int ACCEPT_PRIVATE_DATA = 196;

    /** Private data a reject carries at most, in bytes. */
    int REJECT_PRIVATE_DATA = 148;

    /** Whether it can be used here and, if not, why. Never throws. */
    Availability availability();

    /**
     * Whether {@link CmId#establish} exists (as in librdmacm of rdma-core 23 and later, and not on iWARP): without it a set of queue pairs
     * needs one exchange each.
     */
    boolean hasEstablish();

    /** {@code rdma_create_event_channel}. */
    CmEventChannel createEventChannel();
}
