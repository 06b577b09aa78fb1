package io.openib.verbs.jna;

import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpState;
import io.openib.verbs.cm.CmEventChannel;
import io.openib.verbs.cm.CmId;
import io.openib.verbs.cm.ConnectionManager;
import io.openib.verbs.cm.ConnectionParameters;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@code struct rdma_cm_id} without a queue pair. */
final class JnaCmId implements CmId {
    private final JnaCmEventChannel channel;
    private final Rdmacm cm;
    private final IbverbsLibrary ibverbs;
    private final Handle handle;
    private final ByteBuffer fields;
    private volatile @Nullable Object context;

    JnaCmId(
            JnaCmEventChannel channel,
            RdmacmLibrary library,
            IbverbsLibrary ibverbs,
            long id,
            @Nullable Object context) {
        this.channel = channel;
        this.cm = library.calls();
        this.ibverbs = ibverbs;
        this.handle = new Handle("rdma_cm_id 0x" + Long.toHexString(id), id);
        this.fields = NativeMemory.view(id, CmIdLayout.BYTES);
        this.context = context;
    }

    @Override
    public CmEventChannel channel() {
        return channel;
    }

    @Override
    public @Nullable Object context() {
        return context;
    }

    @Override
    public void context(@Nullable Object value) {
        context = value;
    }

    @Override
    public synchronized void bind(InetSocketAddress address) {
        NativeMemory sockaddr = SockaddrLayout.of(address);
        int result = cm.bindAddr(handle.address(), sockaddr.address());
        sockaddr.keep();
        check(result, "rdma_bind_addr", address::toString);
    }

    @Override
    public synchronized void listen(int backlog) {
        check(cm.listen(handle.address(), backlog), "rdma_listen", this::place);
    }

    @Override
    public synchronized void resolveAddress(
            @Nullable InetSocketAddress source, InetSocketAddress destination, int timeoutMs) {
        NativeMemory to = SockaddrLayout.of(destination);
        NativeMemory from = source == null ? null : SockaddrLayout.of(source);
        int result = cm.resolveAddr(handle.address(), from == null ? 0 : from.address(), to.address(), timeoutMs);
        to.keep();
        if (from != null) {
            from.keep();
        }
        check(result, "rdma_resolve_addr", destination::toString);
    }

    @Override
    public synchronized void resolveRoute(int timeoutMs) {
        check(cm.resolveRoute(bound("rdma_resolve_route"), timeoutMs), "rdma_resolve_route", this::place);
    }

    @Override
    public synchronized void connect(ConnectionParameters parameters) {
        verify("rdma_connect", parameters, ConnectionManager.CONNECT_PRIVATE_DATA);
        NativeMemory param = ConnParamLayout.of(parameters);
        int result = cm.connect(bound("rdma_connect"), param.address());
        param.keep();
        check(result, "rdma_connect", this::place);
    }

    @Override
    public synchronized void accept(ConnectionParameters parameters) {
        verify("rdma_accept", parameters, ConnectionManager.ACCEPT_PRIVATE_DATA);
        NativeMemory param = ConnParamLayout.of(parameters);
        int result = cm.accept(bound("rdma_accept"), param.address());
        param.keep();
        check(result, "rdma_accept", this::place);
    }

    @Override
    public synchronized void reject(byte[] privateData) {
        verifyLength("rdma_reject", privateData.length, ConnectionManager.REJECT_PRIVATE_DATA);
        NativeMemory data = NativeMemory.ofBytes(Math.max(1, privateData.length));
        data.bytes().put(0, privateData);
        long pointer = privateData.length == 0 ? 0 : data.address();
        int result = cm.reject(bound("rdma_reject"), pointer, privateData.length);
        data.keep();
        check(result, "rdma_reject", this::place);
    }

    /** The struct has a byte for each but the number, and the kernel takes the lower bits without a word. */
    private void verify(String call, ConnectionParameters parameters, int mostData) {
        verifyLength(call, parameters.privateData().length, mostData);
        verifyRange(call, "queue pair number", parameters.qpNumber(), 0xff_ffff);
        verifyRange(call, "responder_resources", parameters.responderResources(), 0xff);
        verifyRange(call, "initiator_depth", parameters.initiatorDepth(), 0xff);
        verifyRange(call, "retry_count", parameters.retryCount(), 7);
        verifyRange(call, "rnr_retry_count", parameters.rnrRetryCount(), 7);
    }

    private void verifyRange(String call, String name, int value, int most) {
        if (value < 0 || value > most) {
            throw Failures.invalid(call, place(), name + " is " + value + ", it goes from 0 to " + most);
        }
    }

    private void verifyLength(String call, int length, int most) {
        if (length > most) {
            throw Failures.invalid(
                    call, place(), length + " bytes of private data are more than the " + most + " it carries");
        }
    }

    @Override
    public synchronized void establish() {
        check(cm.establish(bound("rdma_establish")), "rdma_establish", this::place);
    }

    @Override
    public synchronized void disconnect() {
        check(cm.disconnect(bound("rdma_disconnect")), "rdma_disconnect", this::place);
    }

    @Override
    public synchronized QpAttributes initQpAttributes(QpState state) {
        NativeMemory attr = NativeMemory.ofBytes(QpAttrLayout.BYTES);
        NativeMemory mask = NativeMemory.ofBytes(Integer.BYTES);
        attr.bytes().putInt(QpAttrLayout.QP_STATE, QpAttrLayout.STATES.code(state));
        check(
                cm.initQpAttr(bound("rdma_init_qp_attr"), attr.address(), mask.address()),
                "rdma_init_qp_attr",
                this::place);
        return QpAttrLayout.read(attr.bytes(), mask.bytes().getInt(0));
    }

    @Override
    public synchronized String deviceName() {
        long verbs = handle.isClosed() ? 0 : fields.getLong(CmIdLayout.VERBS);
        if (verbs == 0) {
            return "";
        }
        long device = NativeMemory.view(verbs, Long.BYTES).getLong(ContextLayout.DEVICE);
        return NativeMemory.text(ibverbs.calls().getDeviceName(device));
    }

    @Override
    public synchronized int port() {
        return handle.isClosed() ? 0 : Byte.toUnsignedInt(fields.get(CmIdLayout.PORT_NUM));
    }

    @Override
    public synchronized @Nullable InetSocketAddress localAddress() {
        return handle.isClosed() ? null : SockaddrLayout.read(fields, CmIdLayout.SRC_ADDR);
    }

    @Override
    public synchronized @Nullable InetSocketAddress peerAddress() {
        return handle.isClosed() ? null : SockaddrLayout.read(fields, CmIdLayout.DST_ADDR);
    }

    @Override
    public synchronized void close() {
        handle.close("rdma_destroy_id", id -> {
            channel.forget(id);
            return cm.destroyId(id);
        });
    }

    /** The id once it is bound to a device: before, librdmacm looks at a device that is not there, and crashes. */
    private long bound(String call) {
        long id = handle.address();
        if (fields.getLong(CmIdLayout.VERBS) == 0) {
            throw Failures.invalid(call, place(), "no address of the id has been resolved, so it has no device");
        }
        return id;
    }

    /** Where an error happened, as far as it is known. */
    private String place() {
        InetSocketAddress peer = peerAddress();
        InetSocketAddress local = localAddress();
        String device = deviceName();
        String way = peer == null ? String.valueOf(local) : local + " to " + peer;
        return device.isEmpty() ? way : device + ":" + port() + " " + way;
    }

    /** The place is asked for after errno was read: asking calls the library. */
    private static void check(int result, String call, Supplier<String> place) {
        if (result != 0) {
            int errno = Libc.errno();
            throw Failures.of(call, place.get(), errno);
        }
    }

    @Override
    public String toString() {
        return place();
    }
}
