package io.openib.verbs.cm;

import org.jspecify.annotations.Nullable;

/**
 * {@code struct rdma_cm_event}, copied and acknowledged.
 *
 * @param type what happened
 * @param id to which id; for CONNECT_REQUEST a new one
 * @param listenId the listener, of CONNECT_REQUEST; else null
 * @param status 0; a negated errno of error events; the reason of REJECTED, {@link #REJECT_CONSUMER} when the peer's
 *     program rejected
 * @param parameters what the peer sent with CONNECT_REQUEST, CONNECT_RESPONSE, ESTABLISHED or REJECTED (private data
 *     only); null otherwise
 */
public record CmEvent(
        CmEventType type, CmId id, @Nullable CmId listenId, int status, @Nullable ConnectionParameters parameters) {
    /** REJECTED: nobody listens there ({@code IB_CM_REJ_INVALID_SERVICE_ID}). */
    public static final int REJECT_INVALID_SERVICE_ID = 8;

    /** REJECTED: the queue pair number still belongs to another connection ({@code IB_CM_REJ_STALE_CONN}). */
    public static final int REJECT_STALE_CONNECTION = 10;

    /** REJECTED: the peer's program rejected, see the private data ({@code IB_CM_REJ_CONSUMER_DEFINED}). */
    public static final int REJECT_CONSUMER = 28;

    /** The peer's private data, empty when none came. */
    public byte[] privateData() {
        return parameters == null ? new byte[0] : parameters.privateData();
    }
}
