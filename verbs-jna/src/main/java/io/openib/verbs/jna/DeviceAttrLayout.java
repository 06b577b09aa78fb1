package io.openib.verbs.jna;

import io.openib.verbs.AtomicCapability;
import io.openib.verbs.DeviceAttributes;
import io.openib.verbs.DeviceLimit;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;

/** {@code struct ibv_device_attr}. */
final class DeviceAttrLayout {
    static final int BYTES = 232;
    static final int FW_VER = 0;
    static final int FW_VER_BYTES = 64;
    /** In network order. */
    static final int NODE_GUID = 64;

    static final int MAX_MR_SIZE = 80;
    static final int VENDOR_ID = 96;
    static final int VENDOR_PART_ID = 100;
    static final int HW_VER = 104;
    static final int MAX_QP = 108;
    static final int MAX_QP_WR = 112;
    static final int MAX_SGE = 120;
    static final int MAX_CQ = 128;
    static final int MAX_CQE = 132;
    static final int MAX_MR = 136;
    static final int MAX_PD = 140;
    static final int MAX_QP_RD_ATOM = 144;
    static final int MAX_QP_INIT_RD_ATOM = 156;
    static final int ATOMIC_CAP = 164;
    static final int MAX_AH = 200;
    static final int MAX_SRQ = 212;
    static final int MAX_SRQ_WR = 216;
    static final int MAX_SRQ_SGE = 220;
    static final int MAX_PKEYS = 224;
    static final int PHYS_PORT_CNT = 227;

    /** One buffer holds no more, so no region is longer. */
    static final long LONGEST_REGION = Integer.MAX_VALUE - 4096L;

    private static final CodeTable<AtomicCapability> ATOMIC_CAPS = new CodeTable<>(AtomicCapability.values());

    private DeviceAttrLayout() {}

    static DeviceAttributes read(ByteBuffer attr) {
        return new DeviceAttributes(
                firmwareVersion(attr),
                nodeGuid(attr),
                attr.getInt(VENDOR_ID),
                attr.getInt(VENDOR_PART_ID),
                attr.getInt(HW_VER),
                physicalPorts(attr),
                ATOMIC_CAPS.orElse(attr.getInt(ATOMIC_CAP), AtomicCapability.NONE),
                true,
                limits(attr));
    }

    static String firmwareVersion(ByteBuffer attr) {
        int length = 0;
        while (length < FW_VER_BYTES && attr.get(FW_VER + length) != 0) {
            length++;
        }
        byte[] raw = new byte[length];
        attr.get(FW_VER, raw);
        return new String(raw, StandardCharsets.ISO_8859_1);
    }

    static long nodeGuid(ByteBuffer attr) {
        return Long.reverseBytes(attr.getLong(NODE_GUID));
    }

    static int physicalPorts(ByteBuffer attr) {
        return Byte.toUnsignedInt(attr.get(PHYS_PORT_CNT));
    }

    private static Map<DeviceLimit, Long> limits(ByteBuffer attr) {
        Map<DeviceLimit, Long> limits = new EnumMap<>(DeviceLimit.class);
        long regionBytes = attr.getLong(MAX_MR_SIZE);
        limits.put(
                DeviceLimit.MAX_MR_BYTES,
                Long.compareUnsigned(regionBytes, LONGEST_REGION) < 0 ? regionBytes : LONGEST_REGION);
        put(limits, DeviceLimit.MAX_QP, attr, MAX_QP);
        put(limits, DeviceLimit.MAX_QP_WR, attr, MAX_QP_WR);
        put(limits, DeviceLimit.MAX_SGE, attr, MAX_SGE);
        put(limits, DeviceLimit.MAX_CQ, attr, MAX_CQ);
        put(limits, DeviceLimit.MAX_CQE, attr, MAX_CQE);
        put(limits, DeviceLimit.MAX_MR, attr, MAX_MR);
        put(limits, DeviceLimit.MAX_PD, attr, MAX_PD);
        put(limits, DeviceLimit.MAX_QP_RD_ATOM, attr, MAX_QP_RD_ATOM);
        put(limits, DeviceLimit.MAX_QP_INIT_RD_ATOM, attr, MAX_QP_INIT_RD_ATOM);
        put(limits, DeviceLimit.MAX_AH, attr, MAX_AH);
        put(limits, DeviceLimit.MAX_SRQ, attr, MAX_SRQ);
        put(limits, DeviceLimit.MAX_SRQ_WR, attr, MAX_SRQ_WR);
        put(limits, DeviceLimit.MAX_SRQ_SGE, attr, MAX_SRQ_SGE);
        limits.put(DeviceLimit.MAX_PKEYS, (long) Short.toUnsignedInt(attr.getShort(MAX_PKEYS)));
        limits.put(DeviceLimit.MAX_INLINE_DATA, 0L);
        return limits;
    }

    private static void put(Map<DeviceLimit, Long> limits, DeviceLimit limit, ByteBuffer attr, int offset) {
        limits.put(limit, (long) attr.getInt(offset));
    }
}
