package io.openib.wireup.rdmacm;

import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.CmId;
import io.openib.wireup.WireupPort;
import java.net.InetSocketAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the connection manager tells of the listener itself. Control thread only. */
final class ListenerWatch implements CmHandler {
    private static final Logger LOGGER = LoggerFactory.getLogger(ListenerWatch.class);

    private final WireupPort port;
    private final CmId listener;
    private final InetSocketAddress address;
    private String end = "";

    ListenerWatch(WireupPort port, CmId listener, InetSocketAddress address) {
        this.port = port;
        this.listener = listener;
        this.address = address;
    }

    /** Whether an event is of the listener, and no request. */
    boolean isOf(CmEvent event) {
        return event.id().equals(listener);
    }

    /** Why nothing listens any more; empty as long as something does. */
    String end() {
        return end;
    }

    @Override
    public void onEvent(CmEvent event) {
        switch (event.type()) {
            case DEVICE_REMOVAL -> {
                end = "the device of this side's listener has been removed (DEVICE_REMOVAL)";
                close();
                LOGGER.warn(
                        "rdmacm on {} accepts no more connections at {}: its device has been removed",
                        port.place(),
                        address);
            }
            case ADDR_CHANGE ->
                LOGGER.warn(
                        "rdmacm on {}: {} may belong to another device by now (ADDR_CHANGE); connections stay, but peers that"
                                + " ask from now on may not reach this port. Give the port its address back, or restart the job",
                        port.place(),
                        address);
            case ADDR_RESOLVED,
                    ADDR_ERROR,
                    ROUTE_RESOLVED,
                    ROUTE_ERROR,
                    CONNECT_REQUEST,
                    CONNECT_RESPONSE,
                    CONNECT_ERROR,
                    UNREACHABLE,
                    REJECTED,
                    ESTABLISHED,
                    DISCONNECTED,
                    MULTICAST_JOIN,
                    MULTICAST_ERROR,
                    TIMEWAIT_EXIT -> noteMeaningless(event, "the listener");
        }
    }

    /** An event that a part has no use for is named all the same. */
    static void noteMeaningless(CmEvent event, Object part) {
        LOGGER.debug("{}, status {}, means nothing to {}", event.type(), event.status(), part);
    }

    void close() {
        Ends.close(listener);
    }
}
