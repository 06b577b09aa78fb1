package io.openib.verbs.cm;

/**
 * {@code struct rdma_conn_param}.
 *
 * @param privateData the caller's bytes; what arrives may be padded with zeros, so it carries its own length
 * @param responderResources reads and atomics that this side answers at a time
 * @param initiatorDepth reads and atomics that this side has outstanding
 * @param retryCount 0 to 7; not looked at when accepting
 * @param rnrRetryCount 0 to 7
 * @param isSrq whether the queue pair draws from a shared receive queue
 * @param qpNumber the queue pair, 24 bits
 */
@SuppressWarnings("ArrayRecordComponent") // copied on the way in and out
public record ConnectionParameters(
        byte[] privateData,
        int responderResources,
        int initiatorDepth,
        int retryCount,
        int rnrRetryCount,
        boolean isSrq,
        int qpNumber) {
    public ConnectionParameters {
        privateData = privateData.clone();
    }

    @Override
    public byte[] privateData() {
        return privateData.clone();
    }
}
