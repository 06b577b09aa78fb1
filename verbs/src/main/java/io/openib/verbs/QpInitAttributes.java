package io.openib.verbs;

import org.jspecify.annotations.Nullable;

/**
 * {@code struct ibv_qp_init_attr}: what a queue pair is made with.
 *
 * @param type reliable connected or unreliable datagram
 * @param sendCq where completions of sends go
 * @param recvCq where completions of receives go; may be the same
 * @param srq the shared receive queue, or null for a receive queue of its own
 * @param capabilities how much it holds
 * @param isSqSigAll whether every send is signalled
 */
public record QpInitAttributes(
        QpType type,
        CompletionQueue sendCq,
        CompletionQueue recvCq,
        @Nullable SharedReceiveQueue srq,
        QpCapabilities capabilities,
        boolean isSqSigAll) {
    /** Reliable connected, with a receive queue of its own, sends signalled on demand. */
    public static QpInitAttributes rc(CompletionQueue sendCq, CompletionQueue recvCq, QpCapabilities capabilities) {
        return new QpInitAttributes(QpType.RC, sendCq, recvCq, null, capabilities, false);
    }

    /** The same on a shared receive queue. */
    public QpInitAttributes withSrq(SharedReceiveQueue shared) {
        return new QpInitAttributes(type, sendCq, recvCq, shared, capabilities, isSqSigAll);
    }
}
