package io.openib.wireup.rdmacm;

import static java.util.Objects.requireNonNull;

import io.openib.verbs.Gid;
import io.openib.verbs.Mtu;
import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.CmEventChannel;
import io.openib.verbs.cm.CmEventType;
import io.openib.verbs.cm.CmId;
import io.openib.verbs.cm.ConnectionManager;
import io.openib.verbs.cm.ConnectionParameters;
import io.openib.verbs.soft.cm.CmAddress;
import io.openib.verbs.soft.cm.CmFaults;
import io.openib.verbs.soft.cm.CmPort;
import io.openib.verbs.soft.cm.SoftConnectionManager;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Records the requests that come to a process, and sends them again from a device of its own. */
final class RequestTape {
    private static final long STRANGER = 99;

    private final List<ConnectionParameters> requests = Collections.synchronizedList(new ArrayList<>());

    List<ConnectionParameters> requests() {
        return List.copyOf(requests);
    }

    /** Sends a request again; returns what its answer is. */
    CmEvent replay(ConnectionParameters request, InetSocketAddress destination) throws InterruptedException {
        CmAddress address = new CmAddress(InetAddress.getLoopbackAddress(), new Gid(0xfdL << 56, STRANGER), 1);
        ConnectionManager manager = new SoftConnectionManager(
                () -> List.of(new CmPort("soft9", 1, STRANGER, 0, Mtu.MTU_1024, true, List.of(address))),
                CmFaults.NONE,
                CmHarness.CM);
        try (CmEventChannel channel = manager.createEventChannel();
                CmId id = channel.createId()) {
            id.resolveAddress(null, destination, 1_000);
            expect(channel, CmEventType.ADDR_RESOLVED);
            id.resolveRoute(1_000);
            expect(channel, CmEventType.ROUTE_RESOLVED);
            id.connect(request);
            return next(channel);
        }
    }

    private static void expect(CmEventChannel channel, CmEventType type) throws InterruptedException {
        CmEvent event = next(channel);
        if (event.type() != type) {
            throw new AssertionError(event.type() + " instead of " + type);
        }
    }

    private static CmEvent next(CmEventChannel channel) throws InterruptedException {
        return requireNonNull(channel.next(CmHarness.WAIT_MS), "no event");
    }

    /** The manager, with every request noted. */
    ConnectionManager listeningTo(ConnectionManager manager) {
        return new WrappedChannels(manager, Listening::new);
    }

    private final class Listening extends WrappedChannel {
        Listening(CmEventChannel channel) {
            super(channel);
        }

        @Override
        public @Nullable CmEvent next(long timeoutMs) throws InterruptedException {
            CmEvent event = super.next(timeoutMs);
            ConnectionParameters told = event == null ? null : event.parameters();
            if (event != null && told != null && event.type() == CmEventType.CONNECT_REQUEST) {
                requests.add(told);
            }
            return event;
        }
    }
}
