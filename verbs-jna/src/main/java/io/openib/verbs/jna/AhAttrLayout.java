package io.openib.verbs.jna;

import io.openib.verbs.AddressVector;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** {@code struct ibv_ah_attr}, which begins with its {@code ibv_global_route}. */
final class AhAttrLayout {
    static final int BYTES = 32;
    static final int DGID = 0;
    static final int FLOW_LABEL = 16;
    static final int SGID_INDEX = 20;
    static final int HOP_LIMIT = 21;
    static final int TRAFFIC_CLASS = 22;
    static final int DLID = 24;
    static final int SL = 26;
    static final int SRC_PATH_BITS = 27;
    static final int STATIC_RATE = 28;
    static final int IS_GLOBAL = 29;
    static final int PORT_NUM = 30;

    private AhAttrLayout() {}

    static void write(ByteBuffer memory, int at, AddressVector vector) {
        AddressVector.@Nullable GlobalRoute grh = vector.grh();
        if (grh != null) {
            memory.put(at + DGID, grh.dgid().toBytes());
            memory.putInt(at + FLOW_LABEL, grh.flowLabel());
            memory.put(at + SGID_INDEX, (byte) grh.sgidIndex());
            memory.put(at + HOP_LIMIT, (byte) grh.hopLimit());
            memory.put(at + TRAFFIC_CLASS, (byte) grh.trafficClass());
        }
        memory.putShort(at + DLID, (short) vector.dlid());
        memory.put(at + SL, (byte) vector.serviceLevel());
        memory.put(at + SRC_PATH_BITS, (byte) vector.sourcePathBits());
        memory.put(at + STATIC_RATE, (byte) vector.staticRate());
        memory.put(at + IS_GLOBAL, (byte) (grh == null ? 0 : 1));
        memory.put(at + PORT_NUM, (byte) vector.port());
    }

    static AddressVector read(ByteBuffer memory, int at) {
        AddressVector.GlobalRoute grh = memory.get(at + IS_GLOBAL) == 0
                ? null
                : new AddressVector.GlobalRoute(
                        GidEntryLayout.gid(memory, at + DGID),
                        unsigned(memory, at + SGID_INDEX),
                        memory.getInt(at + FLOW_LABEL),
                        unsigned(memory, at + HOP_LIMIT),
                        unsigned(memory, at + TRAFFIC_CLASS));
        return new AddressVector(
                unsigned(memory, at + PORT_NUM),
                Short.toUnsignedInt(memory.getShort(at + DLID)),
                unsigned(memory, at + SL),
                unsigned(memory, at + SRC_PATH_BITS),
                unsigned(memory, at + STATIC_RATE),
                grh);
    }

    private static int unsigned(ByteBuffer memory, int at) {
        return Byte.toUnsignedInt(memory.get(at));
    }
}
