package io.openib.verbs.jna;

import io.openib.verbs.LinkLayer;
import io.openib.verbs.Mtu;
import io.openib.verbs.PortAttributes;
import io.openib.verbs.PortState;
import java.nio.ByteBuffer;

/** {@code struct ibv_port_attr}; the exported {@code ibv_query_port} fills its first 48 bytes in every version. */
final class PortAttrLayout {
    static final int BYTES = 56;
    static final int STATE = 0;
    static final int MAX_MTU = 4;
    static final int ACTIVE_MTU = 8;
    static final int GID_TBL_LEN = 12;
    static final int MAX_MSG_SZ = 20;
    static final int PKEY_TBL_LEN = 32;
    static final int LID = 34;
    static final int SM_LID = 36;
    static final int ACTIVE_WIDTH = 43;
    static final int ACTIVE_SPEED = 44;
    static final int LINK_LAYER = 46;
    static final int FLAGS = 47;

    private static final int GRH_REQUIRED = 1;

    private static final CodeTable<PortState> STATES = new CodeTable<>(PortState.values());
    private static final CodeTable<LinkLayer> LINK_LAYERS = new CodeTable<>(LinkLayer.values());

    private PortAttrLayout() {}

    static PortAttributes read(ByteBuffer attr) {
        return new PortAttributes(
                STATES.orElse(attr.getInt(STATE), PortState.NOP),
                mtu(attr.getInt(MAX_MTU)),
                mtu(attr.getInt(ACTIVE_MTU)),
                attr.getInt(GID_TBL_LEN),
                Short.toUnsignedInt(attr.getShort(PKEY_TBL_LEN)),
                Integer.toUnsignedLong(attr.getInt(MAX_MSG_SZ)),
                Short.toUnsignedInt(attr.getShort(LID)),
                Short.toUnsignedInt(attr.getShort(SM_LID)),
                LINK_LAYERS.orElse(attr.get(LINK_LAYER), LinkLayer.UNSPECIFIED),
                lanes(attr.get(ACTIVE_WIDTH)) * laneMbps(Byte.toUnsignedInt(attr.get(ACTIVE_SPEED))),
                (attr.get(FLAGS) & GRH_REQUIRED) != 0);
    }

    /** A port that is down may report no MTU at all. */
    private static Mtu mtu(int code) {
        return Mtu.ofCode(Math.max(1, Math.min(code, Mtu.MTU_4096.code())));
    }

    private static long lanes(int width) {
        return switch (width) {
            case 1 -> 1;
            case 2 -> 4;
            case 4 -> 8;
            case 8 -> 12;
            case 16 -> 2;
            default -> 0;
        };
    }

    private static long laneMbps(int speed) {
        return switch (speed) {
            case 1 -> 2_500;
            case 2 -> 5_000;
            case 4, 8 -> 10_000;
            case 16 -> 14_000;
            case 32 -> 25_000;
            case 64 -> 50_000;
            case 128 -> 100_000;
            default -> 0;
        };
    }
}
