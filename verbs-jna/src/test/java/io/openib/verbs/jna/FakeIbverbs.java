package io.openib.verbs.jna;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A libibverbs of one device, in native memory, whose every field a test may spoil before the device is opened. Its hot calls
 * lie in the C library, which stands for the provider's unless a test names another; nobody calls them.
 */
final class FakeIbverbs implements AutoCloseable {
    static final String DEVICE = "fake0";
    static final String FILE = "/opt/rdma/libibverbs.so.1.14.44.0";
    static final long NODE_GUID = 0x0011_2233_4455_6677L;
    static final int GIDS = 3;

    private static final int BEFORE_CONTEXT = 168;
    private static final int DEVICE_BYTES = 256;
    private static final int OBJECT_BYTES = 256;
    private static final int MANY = 1024;

    final Platform platform = Platform.here();
    final NativeMemory device = NativeMemory.ofBytes(DEVICE_BYTES);
    final NativeMemory verbsContext = NativeMemory.ofBytes(BEFORE_CONTEXT + ContextLayout.bytes(platform));
    final NativeMemory deviceAttr = NativeMemory.ofBytes(512);
    final NativeMemory portAttr = NativeMemory.ofBytes(256);
    final NativeMemory pd = NativeMemory.ofBytes(OBJECT_BYTES);
    final NativeMemory cq = NativeMemory.ofBytes(OBJECT_BYTES);
    final NativeMemory qp = NativeMemory.ofBytes(OBJECT_BYTES);
    final SharedLibrary provider = SharedLibrary.open("libc.so.6");

    /** How many bytes {@code ibv_query_port} writes. */
    int portAttrBytes = PortAttrLayout.BYTES;

    /** The state that {@code ibv_query_qp} tells. */
    int qpState;

    int closed;

    int resized;

    /** What goes on while {@code ibv_resize_cq} is under way. */
    Runnable onResize = () -> {};

    /** What that returns. */
    int resizeResult;

    private final NativeMemory name = text(DEVICE);
    private final NativeMemory list = NativeMemory.ofBytes(Long.BYTES);
    private final int fd = Libc.eventfd(0, 0);

    FakeIbverbs() {
        list.bytes().putLong(0, device.address());
        device.bytes().put(ContextLayout.DEVICE_DEV_NAME, "uverbs-of-nobody".getBytes(StandardCharsets.US_ASCII));
        fillContext();
        fillAttributes();
        for (NativeMemory object : new NativeMemory[] {cq, qp}) {
            object.bytes().putLong(ObjectLayouts.CONTEXT, context());
        }
        qp.bytes()
                .putLong(ObjectLayouts.QP_PD, pd.address())
                .putLong(ObjectLayouts.QP_SEND_CQ, cq.address())
                .putLong(ObjectLayouts.QP_RECV_CQ, cq.address())
                .putInt(ObjectLayouts.QP_NUM, 17);
    }

    /** What the kernel says of the device. */
    static void describe(Path sysfs) throws IOException {
        Path device = Files.createDirectories(sysfs.resolve(DEVICE));
        Files.writeString(device.resolve("node_guid"), "0011:2233:4455:6677\n");
        for (int i = 0; i < GIDS; i++) {
            Files.createFile(
                    Files.createDirectories(device.resolve("ports/1/gids")).resolve(Integer.toString(i)));
        }
    }

    private void fillContext() {
        putLong(ContextLayout.VERBS_CONTEXT_SIZE, verbsContext.bytes().capacity());
        putLong(ContextLayout.DEVICE, device.address());
        putHotCalls(provider.symbol("getpid"));
        putInt(ContextLayout.CMD_FD, fd);
        putInt(ContextLayout.ASYNC_FD, fd);
        putInt(ContextLayout.NUM_COMP_VECTORS, 2);
        putLong(ContextLayout.abiCompat(platform), -1);
    }

    /** Has all of them lead to one function. */
    void putHotCalls(long function) {
        for (int slot : new int[] {
            ContextLayout.OPS_POST_SEND,
            ContextLayout.OPS_POST_RECV,
            ContextLayout.OPS_POST_SRQ_RECV,
            ContextLayout.OPS_POLL_CQ,
            ContextLayout.OPS_REQ_NOTIFY_CQ
        }) {
            putLong(ContextLayout.OPS + slot, function);
        }
    }

    private void fillAttributes() {
        deviceAttr.bytes().put(DeviceAttrLayout.FW_VER, "22.31.1014".getBytes(StandardCharsets.US_ASCII));
        deviceAttr.bytes().putLong(DeviceAttrLayout.NODE_GUID, Long.reverseBytes(NODE_GUID));
        deviceAttr.bytes().putLong(DeviceAttrLayout.MAX_MR_SIZE, 1L << 30);
        for (int field : new int[] {
            DeviceAttrLayout.MAX_QP, DeviceAttrLayout.MAX_QP_WR, DeviceAttrLayout.MAX_SGE, DeviceAttrLayout.MAX_CQE
        }) {
            deviceAttr.bytes().putInt(field, MANY);
        }
        deviceAttr.bytes().put(DeviceAttrLayout.PHYS_PORT_CNT, (byte) 1);
        portAttr.bytes().putInt(PortAttrLayout.STATE, 4).putInt(PortAttrLayout.GID_TBL_LEN, GIDS);
        portAttr.bytes().put(PortAttrLayout.LINK_LAYER, (byte) 2);
    }

    /** Of the {@code ibv_context}. */
    long context() {
        return verbsContext.address() + BEFORE_CONTEXT;
    }

    void putLong(int offset, long value) {
        verbsContext.bytes().putLong(BEFORE_CONTEXT + offset, value);
    }

    void putInt(int offset, int value) {
        verbsContext.bytes().putInt(BEFORE_CONTEXT + offset, value);
    }

    IbverbsLibrary library() {
        return new IbverbsLibrary(calls(), null, FILE);
    }

    private Ibverbs calls() {
        return (Ibverbs) Proxy.newProxyInstance(
                Ibverbs.class.getClassLoader(),
                new Class<?>[] {Ibverbs.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "getDeviceList" -> {
                        NativeMemory.view((long) arguments[0], Integer.BYTES).putInt(0, 1);
                        yield list.address();
                    }
                    case "getDeviceName" -> name.address();
                    case "openDevice" -> context();
                    case "closeDevice" -> done(() -> closed++);
                    case "queryDevice" -> copied(deviceAttr, DeviceAttrLayout.BYTES, (long) arguments[1]);
                    case "queryPort" -> copied(portAttr, portAttrBytes, (long) arguments[2]);
                    case "allocPd" -> pd.address();
                    case "createCq" -> made((int) arguments[1]);
                    case "resizeCq" -> resize((int) arguments[1]);
                    case "createQp" -> qp.address();
                    case "queryQp" -> done(() -> tellState((long) arguments[1]));
                    default ->
                        method.getReturnType() == long.class
                                ? (Object) 0L
                                : method.getReturnType() == int.class ? 0 : null;
                });
    }

    private static int done(Runnable action) {
        action.run();
        return 0;
    }

    private void tellState(long attr) {
        NativeMemory.view(attr, QpAttrLayout.BYTES).putInt(QpAttrLayout.QP_STATE, qpState);
    }

    private long made(int cqe) {
        if (cq.bytes().getInt(ObjectLayouts.CQ_CQE) == 0) {
            cq.bytes().putInt(ObjectLayouts.CQ_CQE, cqe);
        }
        return cq.address();
    }

    private int resize(int cqe) {
        resized++;
        onResize.run();
        if (resizeResult == 0) {
            cq.bytes().putInt(ObjectLayouts.CQ_CQE, cqe);
        }
        return resizeResult;
    }

    private static int copied(NativeMemory from, int bytes, long to) {
        NativeMemory.view(to, bytes).put(0, from.bytes(), 0, bytes);
        return 0;
    }

    private static NativeMemory text(String text) {
        NativeMemory memory = NativeMemory.ofBytes(text.length() + 1);
        memory.bytes().put(0, text.getBytes(StandardCharsets.US_ASCII));
        return memory;
    }

    @Override
    public void close() {
        Libc.close(fd);
    }
}
