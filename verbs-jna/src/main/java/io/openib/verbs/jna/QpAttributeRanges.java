package io.openib.verbs.jna;

import io.openib.verbs.QpAttribute;
import io.openib.verbs.QpAttributes;

/** What would be cut off on its way into the narrow fields of {@code ibv_qp_attr}, where no device could see it. */
final class QpAttributeRanges {
    private static final int PSN = 0xffffff;
    private static final int BYTE = 0xff;
    private static final int SHORT = 0xffff;

    private QpAttributeRanges() {}

    static void verify(String place, QpAttributes attributes) {
        for (QpAttribute attribute : attributes.mask()) {
            verify(place, attribute, attributes);
        }
    }

    private static void verify(String place, QpAttribute attribute, QpAttributes of) {
        switch (attribute) {
            case PKEY_INDEX -> within(place, "P_Key index", of.pkeyIndex(), SHORT);
            case PORT -> within(place, "port", of.port(), BYTE);
            case TIMEOUT -> within(place, "timeout", of.timeout(), 31);
            case RETRY_CNT -> within(place, "retry count", of.retryCount(), 7);
            case RNR_RETRY -> within(place, "RNR retry", of.rnrRetry(), 7);
            case RQ_PSN -> within(place, "receive PSN", of.rqPsn(), PSN);
            case SQ_PSN -> within(place, "send PSN", of.sqPsn(), PSN);
            case MAX_QP_RD_ATOMIC -> within(place, "reads outstanding", of.maxRdAtomic(), BYTE);
            case MAX_DEST_RD_ATOMIC -> within(place, "reads answered", of.maxDestRdAtomic(), BYTE);
            case MIN_RNR_TIMER -> within(place, "RNR timer", of.minRnrTimer(), 31);
            case DEST_QPN -> within(place, "destination queue pair", of.destQpNumber(), PSN);
            case STATE, CUR_STATE, ACCESS_FLAGS, QKEY, AV, PATH_MTU -> {
                // Nothing is cut off of these, or the device sees it.
            }
        }
    }

    private static void within(String place, String what, int value, int most) {
        if (value < 0 || value > most) {
            throw Failures.invalid("ibv_modify_qp", place, what + " " + value + " is not within 0 to " + most);
        }
    }
}
