package io.openib.verbs.jna;

import io.openib.verbs.jna.calls.HotCalls;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/** One {@code ibv_context}: its calls, and what was made from it and is still open. */
final class VerbsContext {
    /** What is registered stays reachable, though its owner may have dropped the device. */
    private static final Set<VerbsContext> OPEN = ConcurrentHashMap.newKeySet();

    private final String deviceName;
    private final Handle handle;
    private final IbverbsLibrary library;
    private final HotCalls hotCalls;
    private final ConcurrentMap<Long, AutoCloseable> byAddress = new ConcurrentHashMap<>();
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    private final DeviceQuirks quirks;

    VerbsContext(String deviceName, long address, IbverbsLibrary library, HotCalls hotCalls, DeviceQuirks quirks) {
        this.quirks = quirks;
        this.deviceName = deviceName;
        this.handle = new Handle(deviceName, address);
        this.library = library;
        this.hotCalls = hotCalls;
    }

    /** Stays reachable from now on until it is closed: it has passed its checks. */
    void keep() {
        OPEN.add(this);
    }

    String deviceName() {
        return deviceName;
    }

    /**
     * The {@code ibv_context}.
     *
     * @throws io.openib.verbs.VerbsException EINVAL after it was closed
     */
    long address() {
        return handle.address();
    }

    Ibverbs ibv() {
        return library.calls();
    }

    IbverbsLibrary library() {
        return library;
    }

    DeviceQuirks quirks() {
        return quirks;
    }

    HotCalls hotCalls() {
        return hotCalls;
    }

    /** Remembers an object by its address, so that an event can be led back to it. */
    <T extends AutoCloseable> T opened(long address, T object) {
        byAddress.put(address, object);
        synchronized (open) {
            open.push(object);
        }
        return object;
    }

    void closed(long address, AutoCloseable object) {
        byAddress.remove(address, object);
        synchronized (open) {
            open.remove(object);
        }
    }

    /** The open object at an address. */
    <T> @Nullable T at(long address, Class<T> type) {
        AutoCloseable found = byAddress.get(address);
        return type.isInstance(found) ? type.cast(found) : null;
    }

    /** Closes what is open, the youngest first, then the context. */
    void close() {
        while (true) {
            AutoCloseable youngest;
            synchronized (open) {
                youngest = open.poll();
            }
            if (youngest == null) {
                break;
            }
            closeQuietly(youngest);
        }
        handle.close("ibv_close_device", ibv()::closeDevice, device -> OPEN.remove(this));
    }

    /** On the way down one refusal must not keep the rest open. */
    private void closeQuietly(AutoCloseable object) {
        try {
            object.close();
        } catch (Exception e) {
            org.slf4j.LoggerFactory.getLogger(VerbsContext.class).debug("{}: closing {}", deviceName, object, e);
        }
    }
}
