package io.openib.verbs.soft;

import io.openib.verbs.QpAttribute;
import io.openib.verbs.QpAttributes;

/** Copies what is set in some attributes into others, and clears it. State and current state are moves, not attributes. */
final class AttributeCopy {
    private AttributeCopy() {}

    static void copy(QpAttributes from, QpAttributes to) {
        for (QpAttribute attribute : from.mask()) {
            switch (attribute) {
                case ACCESS_FLAGS -> to.accessFlags(from.accessFlags());
                case PKEY_INDEX -> to.pkeyIndex(from.pkeyIndex());
                case PORT -> to.port(from.port());
                case QKEY -> to.qkey(from.qkey());
                case AV -> to.addressVector(from.addressVector());
                case PATH_MTU -> to.pathMtu(from.pathMtu());
                case TIMEOUT -> to.timeout(from.timeout());
                case RETRY_CNT -> to.retryCount(from.retryCount());
                case RNR_RETRY -> to.rnrRetry(from.rnrRetry());
                case RQ_PSN -> to.rqPsn(from.rqPsn());
                case SQ_PSN -> to.sqPsn(from.sqPsn());
                case MAX_QP_RD_ATOMIC -> to.maxRdAtomic(from.maxRdAtomic());
                case MAX_DEST_RD_ATOMIC -> to.maxDestRdAtomic(from.maxDestRdAtomic());
                case MIN_RNR_TIMER -> to.minRnrTimer(from.minRnrTimer());
                case DEST_QPN -> to.destQpNumber(from.destQpNumber());
                default -> {
                    // STATE and CUR_STATE.
                }
            }
        }
    }

    static void clear(QpAttributes attributes) {
        for (QpAttribute attribute : QpAttribute.values()) {
            attributes.without(attribute);
        }
    }
}
