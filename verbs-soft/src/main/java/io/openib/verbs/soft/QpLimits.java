package io.openib.verbs.soft;

import io.openib.verbs.QpCapabilities;
import io.openib.verbs.QpInitAttributes;
import org.jspecify.annotations.Nullable;

/** What queue pairs of this device can hold. */
final class QpLimits {
    static final int MAX_WR = 1 << 15;
    static final int MAX_SGE = 16;
    static final int MAX_INLINE = 512;
    static final int MAX_CQE = 1 << 20;

    private QpLimits() {}

    static @Nullable String problem(QpInitAttributes attributes, SoftPd pd) {
        QpCapabilities asked = attributes.capabilities();
        if (attributes.sendCq().device() != pd.device() || attributes.recvCq().device() != pd.device()) {
            return "its completion queues belong to another device";
        }
        if (attributes.srq() != null && attributes.srq().protectionDomain() != pd) {
            return "its shared receive queue belongs to another protection domain";
        }
        String problem = range("max_send_wr", asked.maxSendWr(), MAX_WR);
        problem = problem != null ? problem : range("max_recv_wr", asked.maxRecvWr(), MAX_WR);
        problem = problem != null ? problem : range("max_send_sge", asked.maxSendSge(), MAX_SGE);
        problem = problem != null ? problem : range("max_recv_sge", asked.maxRecvSge(), MAX_SGE);
        return problem != null ? problem : range("max_inline_data", asked.maxInlineData(), MAX_INLINE);
    }

    static @Nullable String sharedProblem(int maxWr, int maxSge) {
        String problem = maxWr < 1 ? "max_wr is " + maxWr + ", not at least 1" : range("max_wr", maxWr, MAX_WR);
        return problem != null ? problem : range("max_sge", maxSge, MAX_SGE);
    }

    private static @Nullable String range(String name, int value, int most) {
        return value < 0 || value > most ? name + " is " + value + ", not within 0 to " + most : null;
    }

    /** What is given for what was asked. */
    static QpCapabilities granted(QpInitAttributes attributes) {
        QpCapabilities asked = attributes.capabilities();
        boolean isShared = attributes.srq() != null;
        return new QpCapabilities(
                Math.max(1, asked.maxSendWr()),
                isShared ? 0 : Math.max(1, asked.maxRecvWr()),
                Math.max(1, asked.maxSendSge()),
                isShared ? 0 : Math.max(1, asked.maxRecvSge()),
                asked.maxInlineData());
    }
}
