package io.openib.verbs.jna;

import static io.openib.verbs.jna.CheckFailure.require;

import io.openib.verbs.CompletionQueue;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.QpCapabilities;
import io.openib.verbs.QpInitAttributes;
import io.openib.verbs.QpState;
import java.nio.ByteBuffer;

/** Makes one of each object on an open device and looks whether its fields are where they should be. */
final class ObjectChecks {
    private static final int CQE = 8;
    private static final QpCapabilities SMALL = new QpCapabilities(4, 4, 1, 1, 0);

    private final JnaDevice device;

    ObjectChecks(JnaDevice device) {
        this.device = device;
    }

    void verify() {
        try (ProtectionDomain pd = device.allocProtectionDomain();
                CompletionQueue cq = device.createCompletionQueue(CQE, null)) {
            long cqAddress = ((JnaCompletionQueue) cq).address();
            ByteBuffer bytes = NativeMemory.view(cqAddress, ObjectLayouts.CQ_BYTES);
            pointer(
                    "ibv_cq.context",
                    bytes,
                    ObjectLayouts.CONTEXT,
                    device.context().address());
            int cqe = bytes.getInt(ObjectLayouts.CQ_CQE);
            require(cqe >= CQE, "ibv_cq.cqe", "at least " + CQE, cqe);
            verifyQueuePair(pd, cq, cqAddress);
        }
    }

    private void verifyQueuePair(ProtectionDomain pd, CompletionQueue cq, long cqAddress) {
        try (JnaQueuePair qp = (JnaQueuePair) pd.createQueuePair(QpInitAttributes.rc(cq, cq, SMALL))) {
            ByteBuffer bytes = NativeMemory.view(qp.address(), ObjectLayouts.QP_BYTES);
            pointer(
                    "ibv_qp.context",
                    bytes,
                    ObjectLayouts.CONTEXT,
                    device.context().address());
            pointer("ibv_qp.pd", bytes, ObjectLayouts.QP_PD, ((JnaProtectionDomain) pd).address());
            pointer("ibv_qp.send_cq", bytes, ObjectLayouts.QP_SEND_CQ, cqAddress);
            pointer("ibv_qp.recv_cq", bytes, ObjectLayouts.QP_RECV_CQ, cqAddress);
            require(qp.number() > 0 && qp.number() < 1 << 24, "ibv_qp.qp_num", "1 to 16777215", qp.number());
            QpState state = qp.state();
            require(state == QpState.RESET, "ibv_query_qp of a new queue pair", "RESET", state);
        }
    }

    private static void pointer(String field, ByteBuffer bytes, int offset, long expected) {
        long got = bytes.getLong(offset);
        require(got == expected, field, "0x" + Long.toHexString(expected), "0x" + Long.toHexString(got));
    }
}
