package io.openib.verbs.jna;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.Mtu;
import io.openib.verbs.QpAttribute;
import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpState;
import java.nio.ByteBuffer;

/** {@code struct ibv_qp_attr}. */
final class QpAttrLayout {
    static final int BYTES = 144;
    static final int QP_STATE = 0;
    static final int CUR_QP_STATE = 4;
    static final int PATH_MTU = 8;
    static final int QKEY = 16;
    static final int RQ_PSN = 20;
    static final int SQ_PSN = 24;
    static final int DEST_QP_NUM = 28;
    static final int QP_ACCESS_FLAGS = 32;
    static final int CAP = 36;
    static final int AH_ATTR = 56;
    static final int PKEY_INDEX = 120;
    static final int SQ_DRAINING = 125;
    static final int MAX_RD_ATOMIC = 126;
    static final int MAX_DEST_RD_ATOMIC = 127;
    static final int MIN_RNR_TIMER = 128;
    static final int PORT_NUM = 129;
    static final int TIMEOUT = 130;
    static final int RETRY_CNT = 131;
    static final int RNR_RETRY = 132;

    static final CodeTable<QpState> STATES = new CodeTable<>(QpState.values());

    private static final int KNOWN_ACCESS = 15;

    private QpAttrLayout() {}

    static void write(ByteBuffer memory, QpAttributes attributes) {
        for (QpAttribute attribute : attributes.mask()) {
            write(memory, attribute, attributes);
        }
    }

    private static void write(ByteBuffer memory, QpAttribute attribute, QpAttributes from) {
        switch (attribute) {
            case STATE -> memory.putInt(QP_STATE, STATES.code(from.state()));
            case CUR_STATE -> memory.putInt(CUR_QP_STATE, STATES.code(from.currentState()));
            case ACCESS_FLAGS -> memory.putInt(QP_ACCESS_FLAGS, AccessFlag.bits(from.accessFlags()));
            case PKEY_INDEX -> memory.putShort(PKEY_INDEX, (short) from.pkeyIndex());
            case PORT -> putByte(memory, PORT_NUM, from.port());
            case QKEY -> memory.putInt(QKEY, from.qkey());
            case AV -> AhAttrLayout.write(memory, AH_ATTR, from.addressVector());
            case PATH_MTU -> memory.putInt(PATH_MTU, from.pathMtu().code());
            case TIMEOUT -> putByte(memory, TIMEOUT, from.timeout());
            case RETRY_CNT -> putByte(memory, RETRY_CNT, from.retryCount());
            case RNR_RETRY -> putByte(memory, RNR_RETRY, from.rnrRetry());
            case RQ_PSN -> memory.putInt(RQ_PSN, from.rqPsn());
            case SQ_PSN -> memory.putInt(SQ_PSN, from.sqPsn());
            case MAX_QP_RD_ATOMIC -> putByte(memory, MAX_RD_ATOMIC, from.maxRdAtomic());
            case MAX_DEST_RD_ATOMIC -> putByte(memory, MAX_DEST_RD_ATOMIC, from.maxDestRdAtomic());
            case MIN_RNR_TIMER -> putByte(memory, MIN_RNR_TIMER, from.minRnrTimer());
            case DEST_QPN -> memory.putInt(DEST_QP_NUM, from.destQpNumber());
        }
    }

    /** The attributes that the mask names; bits that have no name here are passed over. */
    static QpAttributes read(ByteBuffer memory, int mask) {
        QpAttributes attributes = QpAttributes.none();
        for (QpAttribute attribute : QpAttribute.values()) {
            if ((mask & attribute.bit()) != 0) {
                read(memory, attribute, attributes);
            }
        }
        return attributes.sqDraining(memory.get(SQ_DRAINING) != 0);
    }

    private static void read(ByteBuffer memory, QpAttribute attribute, QpAttributes into) {
        switch (attribute) {
            case STATE -> into.state(state(memory, QP_STATE));
            case CUR_STATE -> into.currentState(state(memory, CUR_QP_STATE));
            case ACCESS_FLAGS -> into.accessFlags(AccessFlag.ofBits(memory.getInt(QP_ACCESS_FLAGS) & KNOWN_ACCESS));
            case PKEY_INDEX -> into.pkeyIndex(Short.toUnsignedInt(memory.getShort(PKEY_INDEX)));
            case PORT -> into.port(unsigned(memory, PORT_NUM));
            case QKEY -> into.qkey(memory.getInt(QKEY));
            case AV -> into.addressVector(AhAttrLayout.read(memory, AH_ATTR));
            case PATH_MTU -> into.pathMtu(Mtu.ofCode(memory.getInt(PATH_MTU)));
            case TIMEOUT -> into.timeout(unsigned(memory, TIMEOUT));
            case RETRY_CNT -> into.retryCount(unsigned(memory, RETRY_CNT));
            case RNR_RETRY -> into.rnrRetry(unsigned(memory, RNR_RETRY));
            case RQ_PSN -> into.rqPsn(memory.getInt(RQ_PSN));
            case SQ_PSN -> into.sqPsn(memory.getInt(SQ_PSN));
            case MAX_QP_RD_ATOMIC -> into.maxRdAtomic(unsigned(memory, MAX_RD_ATOMIC));
            case MAX_DEST_RD_ATOMIC -> into.maxDestRdAtomic(unsigned(memory, MAX_DEST_RD_ATOMIC));
            case MIN_RNR_TIMER -> into.minRnrTimer(unsigned(memory, MIN_RNR_TIMER));
            case DEST_QPN -> into.destQpNumber(memory.getInt(DEST_QP_NUM));
        }
    }

    private static QpState state(ByteBuffer memory, int at) {
        return STATES.orElse(memory.getInt(at), QpState.ERR);
    }

    private static void putByte(ByteBuffer memory, int at, int value) {
        memory.put(at, (byte) value);
    }

    private static int unsigned(ByteBuffer memory, int at) {
        return Byte.toUnsignedInt(memory.get(at));
    }
}
