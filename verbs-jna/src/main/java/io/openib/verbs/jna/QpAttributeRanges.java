package io.openib.verbs.jna;

import io.openib.verbs.AddressVector;
import io.openib.verbs.Device;
import io.openib.verbs.DeviceLimit;
import io.openib.verbs.QpAttribute;
import io.openib.verbs.QpAttributes;
import java.util.EnumSet;
import java.util.Set;

/** What would be cut off on its way into narrow fields, where no device could see it, and limits not every device looks at. */
final class QpAttributeRanges {
    private static final String CALL = "ibv_modify_qp";
    private static final int PSN = 0xffffff;
    private static final int BYTE = 0xff;
    private static final int SHORT = 0xffff;
    private static final int FLOW_LABEL = 0xfffff;
    private static final Set<QpAttribute> SET_BY_MOVES =
            EnumSet.of(QpAttribute.PATH_MTU, QpAttribute.RQ_PSN, QpAttribute.SQ_PSN, QpAttribute.DEST_QPN);

    private QpAttributeRanges() {}

    static void verify(String place, QpAttributes attributes, Device device) {
        for (QpAttribute attribute : attributes.mask()) {
            // The kernel's own rule, which rxe of Linux 7.3 no longer asks it for.
            if (SET_BY_MOVES.contains(attribute) && !attributes.has(QpAttribute.STATE)) {
                throw Failures.invalid(CALL, place, attribute + " is set by a move to another state alone");
            }
            verify(place, attribute, attributes);
        }
        // Every port has a first row: most queue pairs ask the kernel nothing more.
        if (attributes.has(QpAttribute.PKEY_INDEX) && attributes.has(QpAttribute.PORT) && attributes.pkeyIndex() > 0) {
            int rows = device.queryPort(attributes.port()).pkeyTableLength();
            within(place, "P_Key index", attributes.pkeyIndex(), rows - 1);
        }
        if (attributes.has(QpAttribute.MAX_QP_RD_ATOMIC)) {
            int most = (int) device.attributes().limit(DeviceLimit.MAX_QP_INIT_RD_ATOM);
            within(place, "reads outstanding", attributes.maxRdAtomic(), Math.min(most, BYTE));
        }
        if (attributes.has(QpAttribute.MAX_DEST_RD_ATOMIC)) {
            int most = (int) device.attributes().limit(DeviceLimit.MAX_QP_RD_ATOM);
            within(place, "reads answered", attributes.maxDestRdAtomic(), Math.min(most, BYTE));
        }
    }

    static void verify(String call, String place, AddressVector vector) {
        within(call, place, "port", vector.port(), BYTE);
        within(call, place, "DLID", vector.dlid(), SHORT);
        within(call, place, "service level", vector.serviceLevel(), 15);
        within(call, place, "source path bits", vector.sourcePathBits(), 127);
        within(call, place, "static rate", vector.staticRate(), BYTE);
        AddressVector.GlobalRoute grh = vector.grh();
        if (grh != null) {
            within(call, place, "GID index", grh.sgidIndex(), BYTE);
            within(call, place, "flow label", grh.flowLabel(), FLOW_LABEL);
            within(call, place, "hop limit", grh.hopLimit(), BYTE);
            within(call, place, "traffic class", grh.trafficClass(), BYTE);
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
            case AV -> verify(CALL, place, of.addressVector());
            case MIN_RNR_TIMER -> within(place, "RNR timer", of.minRnrTimer(), 31);
            case DEST_QPN -> within(place, "destination queue pair", of.destQpNumber(), PSN);
            case STATE, CUR_STATE, ACCESS_FLAGS, QKEY, PATH_MTU, MAX_QP_RD_ATOMIC, MAX_DEST_RD_ATOMIC -> {
                // Nothing is cut off of these, or the device's own limit counts.
            }
        }
    }

    private static void within(String place, String what, int value, int most) {
        within(CALL, place, what, value, most);
    }

    private static void within(String call, String place, String what, int value, int most) {
        if (value < 0 || value > most) {
            throw Failures.invalid(call, place, what + " " + value + " is not within 0 to " + most);
        }
    }
}
