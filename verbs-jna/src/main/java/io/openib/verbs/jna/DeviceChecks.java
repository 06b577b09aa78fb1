package io.openib.verbs.jna;

import static io.openib.verbs.jna.CheckFailure.require;

import io.openib.verbs.DeviceAttributes;
import io.openib.verbs.Errno;
import io.openib.verbs.VerbsException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** Compares what an open device says of itself with what the kernel says of it in {@code /sys/class/infiniband}. */
final class DeviceChecks {
    private static final byte CANARY = 0x5a;
    private static final int PORT_BUFFER = 256;
    private static final int CANARY_FROM = 64;
    private static final int DEVICE_BUFFER = 512;
    /** PORT_DOWN; nothing (NOP) is a thing to set, and no state that a port is in. */
    private static final int LEAST_PORT_STATE = 1;
    /** PORT_ACTIVE_DEFER. */
    private static final int MAX_PORT_STATE = 5;

    private static final int MAX_LINK_LAYER = 2;
    /** Ports have the numbers 1 to 254, and a device with more (representors of a switch) says 255, the most that a byte holds. */
    private static final int MAX_PORTS = 255;

    private static final String MLX5_WITHOUT_LOCKS = "MLX5_SINGLE_THREADED";
    private static final int TRANSPORT_IB = 0;
    private static final int TRANSPORT_IWARP = 1;

    private final Ibverbs ibv;
    private final String device;
    private final long context;
    private final Path sysfs;

    /**
     * @param sysfs what the kernel says of its devices: {@code /sys/class/infiniband}
     */
    DeviceChecks(Ibverbs ibv, String device, long context, Path sysfs) {
        this.sysfs = sysfs;
        this.ibv = ibv;
        this.device = device;
        this.context = context;
    }

    /**
     * Queue pairs of iWARP are connected by the connection manager alone, one by one and by the kernel, and those of other transports are
     * no reliable connections: without this, each attempt would fail at a step of its own.
     *
     * @throws VerbsException EOPNOTSUPP for anything but InfiniBand, which RoCE counts as
     */
    static void verifyTransport(String device, int transportType) {
        if (transportType != TRANSPORT_IB) {
            String spoken = transportType == TRANSPORT_IWARP ? "iWARP" : "of type " + transportType;
            throw new VerbsException(
                    "ibv_open_device",
                    device,
                    Errno.EOPNOTSUPP,
                    "its transport is " + spoken
                            + ", not InfiniBand or RoCE; use another device, or set it to RoCE if it can be");
        }
    }

    /**
     * Without its locks that library ends the process when two threads meet at a completion queue, as the owner's poll and the
     * control thread's resize or end of a queue pair may.
     *
     * @param provider the file of the provider library
     * @throws VerbsException EOPNOTSUPP where the environment takes the locks away
     */
    static void verifyLocks(String device, String provider, Map<String, String> environment) {
        if (provider.contains("libmlx5") && "1".equals(environment.get(MLX5_WITHOUT_LOCKS))) {
            throw new VerbsException(
                    "ibv_open_device",
                    device,
                    Errno.EOPNOTSUPP,
                    MLX5_WITHOUT_LOCKS + "=1 is in the environment, which takes away locks of " + provider
                            + " that this process needs; unset it");
        }
    }

    /** {@code ibv_query_device}, believed once its GUID is the one in sysfs. */
    DeviceAttributes verifiedAttributes() {
        NativeMemory attr = NativeMemory.ofBytes(DEVICE_BUFFER);
        Failures.check(ibv.queryDevice(context, attr.address()), "ibv_query_device", device);
        ByteBuffer bytes = attr.bytes();
        int ports = DeviceAttrLayout.physicalPorts(bytes);
        require(ports >= 1 && ports <= MAX_PORTS, "ibv_device_attr.phys_port_cnt", "1 to " + MAX_PORTS, ports);
        int maxQp = bytes.getInt(DeviceAttrLayout.MAX_QP);
        require(maxQp > 0, "ibv_device_attr.max_qp", "above 0", maxQp);
        String firmware = DeviceAttrLayout.firmwareVersion(bytes);
        require(
                firmware.chars().allMatch(c -> c >= ' ' && c < 127),
                "ibv_device_attr.fw_ver",
                "printable text",
                '"' + firmware + '"');
        verifyGuid(DeviceAttrLayout.nodeGuid(bytes));
        return DeviceAttrLayout.read(bytes);
    }

    private void verifyGuid(long guid) {
        Path file = sysfs.resolve(device).resolve("node_guid");
        String expected = read(file);
        require(!expected.isEmpty(), "ibv_device.name", "a folder of " + sysfs, device);
        String got = String.format(
                Locale.ROOT,
                "%04x:%04x:%04x:%04x",
                guid >>> 48,
                guid >>> 32 & 0xffff,
                guid >>> 16 & 0xffff,
                guid & 0xffff);
        require(expected.equals(got), "ibv_device_attr.node_guid", expected + " (" + file + ")", got);
    }

    /** {@code ibv_query_port}: what it writes, and that it writes no further than the struct can reach. */
    void verifyPort(int port) {
        NativeMemory attr = NativeMemory.ofBytes(PORT_BUFFER);
        ByteBuffer bytes = attr.bytes();
        for (int i = CANARY_FROM; i < PORT_BUFFER; i++) {
            bytes.put(i, CANARY);
        }
        String place = device + ":" + port;
        Failures.check(ibv.queryPort(context, port, attr.address()), "ibv_query_port", place);
        for (int i = CANARY_FROM; i < PORT_BUFFER; i++) {
            require(bytes.get(i) == CANARY, "ibv_port_attr", "at most " + CANARY_FROM + " bytes", "a write at " + i);
        }
        int state = bytes.getInt(PortAttrLayout.STATE);
        require(
                state >= LEAST_PORT_STATE && state <= MAX_PORT_STATE,
                "ibv_port_attr.state",
                LEAST_PORT_STATE + " to " + MAX_PORT_STATE,
                state);
        int linkLayer = bytes.get(PortAttrLayout.LINK_LAYER);
        require(
                linkLayer >= 0 && linkLayer <= MAX_LINK_LAYER,
                "ibv_port_attr.link_layer",
                "0 to " + MAX_LINK_LAYER,
                linkLayer);
        verifyGidCount(port, bytes.getInt(PortAttrLayout.GID_TBL_LEN));
    }

    private void verifyGidCount(int port, int got) {
        String[] files = sysfs.resolve(device)
                .resolve("ports/" + port + "/gids")
                .toFile()
                .list();
        require(
                files != null && files.length == got,
                "ibv_port_attr.gid_tbl_len",
                files == null ? "a folder ports/" + port + "/gids in sysfs" : String.valueOf(files.length),
                got);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.US_ASCII).trim();
        } catch (IOException e) {
            return "";
        }
    }
}
