package io.openib.verbs.jna;

import io.openib.verbs.CompletionQueue;
import io.openib.verbs.DeviceLimit;
import io.openib.verbs.Errno;
import io.openib.verbs.QpCapabilities;
import io.openib.verbs.QpInitAttributes;
import io.openib.verbs.VerbsException;
import java.nio.ByteBuffer;

/** {@code ibv_create_qp}, with the limit named that a refusal is about. */
final class QueuePairFactory {
    private static final String CALL = "ibv_create_qp";

    private QueuePairFactory() {}

    static JnaQueuePair create(JnaDevice device, JnaProtectionDomain pd, QpInitAttributes wanted) {
        verifyLimits(device, wanted);
        NativeMemory init = NativeMemory.ofBytes(QpInitAttrLayout.BYTES);
        ByteBuffer bytes = init.bytes();
        JnaSharedReceiveQueue srq = (JnaSharedReceiveQueue) wanted.srq();
        bytes.putLong(QpInitAttrLayout.SEND_CQ, addressOf(wanted.sendCq()));
        bytes.putLong(QpInitAttrLayout.RECV_CQ, addressOf(wanted.recvCq()));
        bytes.putLong(QpInitAttrLayout.SRQ, srq == null ? 0 : srq.address());
        QpCapLayout.write(bytes, QpInitAttrLayout.CAP, wanted.capabilities());
        bytes.putInt(QpInitAttrLayout.QP_TYPE, wanted.type().code());
        bytes.putInt(QpInitAttrLayout.SQ_SIG_ALL, wanted.isSqSigAll() ? 1 : 0);
        VerbsContext context = device.context();
        long qp = context.ibv().createQp(pd.address(), init.address());
        if (qp == 0) {
            throw refusal(device, wanted.capabilities());
        }
        QpCapabilities got = QpCapLayout.read(bytes, QpInitAttrLayout.CAP);
        return context.opened(qp, new JnaQueuePair(context, pd, qp, wanted, got));
    }

    private static long addressOf(CompletionQueue cq) {
        return ((JnaCompletionQueue) cq).address();
    }

    private static VerbsException refusal(JnaDevice device, QpCapabilities wanted) {
        int errno = Libc.errno();
        return errno == Errno.EINVAL
                ? Failures.invalid(
                        CALL,
                        device.name(),
                        "the device makes none like " + wanted + "; maxInlineData is what it does not announce")
                : Failures.of(CALL, device.name(), errno);
    }

    private static void verifyLimits(JnaDevice device, QpInitAttributes wanted) {
        QpCapabilities capabilities = wanted.capabilities();
        verify(device, "maxSendWr", capabilities.maxSendWr(), DeviceLimit.MAX_QP_WR);
        verify(device, "maxSendSge", capabilities.maxSendSge(), DeviceLimit.MAX_SGE);
        verify(device, "maxInlineData", capabilities.maxInlineData(), DeviceLimit.MAX_MR_BYTES);
        if (wanted.srq() == null) {
            verify(device, "maxRecvWr", capabilities.maxRecvWr(), DeviceLimit.MAX_QP_WR);
            verify(device, "maxRecvSge", capabilities.maxRecvSge(), DeviceLimit.MAX_SGE);
        }
    }

    private static void verify(JnaDevice device, String name, int wanted, DeviceLimit limit) {
        long most = device.attributes().limit(limit);
        if (wanted < 0 || wanted > most) {
            throw Failures.invalid(CALL, device.name(), name + " " + wanted + " is not within 0 to " + most);
        }
    }
}
