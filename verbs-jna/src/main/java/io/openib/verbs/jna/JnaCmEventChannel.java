package io.openib.verbs.jna;

import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.CmEventChannel;
import io.openib.verbs.cm.CmEventType;
import io.openib.verbs.cm.CmId;
import io.openib.verbs.cm.ConnectionParameters;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/** {@code struct rdma_event_channel}, whose only field is a file descriptor. */
final class JnaCmEventChannel implements CmEventChannel {
    private static final String PLACE = "rdma_cm";
    private static final CodeTable<CmEventType> TYPES = new CodeTable<>(CmEventType.values());

    private static final UnknownEvents UNKNOWN = new UnknownEvents(PLACE);

    private final RdmacmLibrary library;
    private final IbverbsLibrary ibverbs;
    private final Handle handle;
    private final FdWait wait;
    private final NativeMemory event = NativeMemory.ofBytes(Long.BYTES);
    private final ConcurrentMap<Long, JnaCmId> ids = new ConcurrentHashMap<>();

    JnaCmEventChannel(RdmacmLibrary library, IbverbsLibrary ibverbs, long channel) {
        this.library = library;
        this.ibverbs = ibverbs;
        this.handle = new Handle(PLACE, channel);
        int fd = NativeMemory.view(channel, Integer.BYTES).getInt(0);
        this.wait = FdWait.of(fd, () -> destroy(library, channel));
    }

    @Override
    public CmId createId() {
        NativeMemory out = NativeMemory.ofBytes(Long.BYTES);
        synchronized (ids) { // not while close() is at those that it knows
            int result = library.calls().createId(handle.address(), out.address(), 0, CmIdLayout.PORT_SPACE_TCP);
            Failures.check(result, "rdma_create_id", PLACE);
            return adopt(out.bytes().getLong(0), null);
        }
    }

    private JnaCmId adopt(long id, @Nullable Object context) {
        JnaCmId adopted = new JnaCmId(this, library, ibverbs, id, context);
        ids.put(id, adopted);
        return adopted;
    }

    void forget(long id) {
        ids.remove(id);
    }

    @Override
    public @Nullable CmEvent next(long timeoutMs) throws InterruptedException {
        return handle.isClosed() ? null : wait.read(this::read, timeoutMs);
    }

    private @Nullable CmEvent read() {
        if (handle.isClosed() || library.calls().getCmEvent(handle.address(), event.address()) != 0) {
            return null;
        }
        long pointer = event.bytes().getLong(0);
        ByteBuffer bytes = NativeMemory.view(pointer, CmEventLayout.BYTES);
        int code = bytes.getInt(CmEventLayout.EVENT);
        CmEventType type = TYPES.find(code);
        int status = bytes.getInt(CmEventLayout.STATUS);
        long id = bytes.getLong(CmEventLayout.ID);
        long listenId = bytes.getLong(CmEventLayout.LISTEN_ID);
        ConnectionParameters parameters = hasParameters(type) ? ConnParamLayout.read(bytes, CmEventLayout.PARAM) : null;
        // Until it is acknowledged its id is not destroyed, so that the address is not yet another one's.
        CmEvent found = type == null ? null : event(type, status, id, listenId, parameters);
        library.calls().ackCmEvent(pointer);
        if (type == null) {
            UNKNOWN.note(code, status);
        }
        if (found == null && type == CmEventType.CONNECT_REQUEST) {
            library.calls().destroyId(id);
        }
        return found;
    }

    private static boolean hasParameters(@Nullable CmEventType type) {
        return type == CmEventType.CONNECT_REQUEST
                || type == CmEventType.CONNECT_RESPONSE
                || type == CmEventType.REJECTED
                || type == CmEventType.ESTABLISHED;
    }

    /** Null for an event of an id that was closed meanwhile. */
    private @Nullable CmEvent event(
            CmEventType type, int status, long id, long listenId, @Nullable ConnectionParameters parameters) {
        if (type != CmEventType.CONNECT_REQUEST) {
            JnaCmId known = ids.get(id);
            return known == null ? null : new CmEvent(type, known, null, status, parameters);
        }
        JnaCmId listener = ids.get(listenId);
        return listener == null ? null : new CmEvent(type, adopt(id, listener.context()), listener, status, parameters);
    }

    @Override
    public void wakeup() {
        wait.wakeup();
    }

    private static int destroy(RdmacmLibrary library, long channel) {
        library.calls().destroyEventChannel(channel);
        return 0;
    }

    @Override
    public void close() {
        if (handle.isClosed()) {
            return;
        }
        wait.close(() -> {
            synchronized (ids) {
                List.copyOf(ids.values()).forEach(JnaCmId::close);
                handle.close("rdma_destroy_event_channel", channel -> destroy(library, channel));
            }
        });
    }
}
