package io.openib.wireup.rdmacm;

import io.openib.verbs.VerbsException;
import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.CmId;
import io.openib.wireup.Connection;
import io.openib.wireup.EffectiveConfiguration;
import io.openib.wireup.PeerName;
import io.openib.wireup.QueuePairSet;
import java.util.List;

/** A set in RTS with the ids that connected it. */
final class LiveConnection implements Connection, CmHandler {
    private final CmWireup wireup;
    private final PeerName peer;
    private final int peerPort;
    private final QueuePairSet set;
    private final List<CmId> ids;
    private final EffectiveConfiguration agreed;
    private final long durationNs;
    private boolean isOver;
    private boolean isReleased;

    /** Takes over the ids. */
    LiveConnection(
            CmWireup wireup,
            PeerName peer,
            int peerPort,
            QueuePairSet set,
            List<CmId> ids,
            EffectiveConfiguration agreed,
            long durationNs) {
        this.wireup = wireup;
        this.peer = peer;
        this.peerPort = peerPort;
        this.set = set;
        this.ids = List.copyOf(ids);
        this.agreed = agreed;
        this.durationNs = durationNs;
        this.ids.forEach(id -> id.context(this));
    }

    @Override
    public PeerName peer() {
        return peer;
    }

    @Override
    public int peerPort() {
        return peerPort;
    }

    @Override
    public String scheme() {
        return RdmaCmComponent.NAME;
    }

    @Override
    public QueuePairSet queuePairs() {
        return set;
    }

    @Override
    public EffectiveConfiguration agreed() {
        return agreed;
    }

    @Override
    public long durationNs() {
        return durationNs;
    }

    /** How many exchanges of the connection manager made it. */
    int exchanges() {
        return ids.size();
    }

    @Override
    public void onEvent(CmEvent event) {
        switch (event.type()) {
            case DISCONNECTED, REJECTED, DEVICE_REMOVAL -> {
                if (!isOver) {
                    isOver = true;
                    wireup.onDisconnected(this, event);
                }
            }
            case UNREACHABLE, CONNECT_ERROR, ESTABLISHED, TIMEWAIT_EXIT -> {
                // a probe may have shown what the connection manager hears of later, or never; the last comes after the
                // end
            }
            case ADDR_RESOLVED,
                    ADDR_ERROR,
                    ROUTE_RESOLVED,
                    ROUTE_ERROR,
                    CONNECT_REQUEST,
                    CONNECT_RESPONSE,
                    MULTICAST_JOIN,
                    MULTICAST_ERROR,
                    ADDR_CHANGE -> ListenerWatch.noteMeaningless(event, peer);
        }
    }

    /** Another takes its place, and the transport knows: nothing is told of it any more. */
    void replaced() {
        isOver = true;
    }

    @Override
    public void disconnect() {
        if (!wireup.run(this::end)) {
            ids.forEach(LiveConnection::disconnect);
        }
    }

    private void end() {
        if (isOver) {
            return;
        }
        isOver = true;
        wireup.forget(this);
        wireup.farewells().say(() -> ids.forEach(LiveConnection::disconnect));
    }

    private static void disconnect(CmId id) {
        try {
            id.disconnect();
        } catch (VerbsException e) {
            // it is over already, which is what was asked for
        }
    }

    private void release() {
        end();
        if (!isReleased) {
            isReleased = true;
            wireup.farewells().afterwards(() -> {
                ids.forEach(Ends::close);
                wireup.onReleased(this);
            });
        }
    }

    @Override
    public void close() {
        if (!wireup.run(this::release)) {
            // the control thread is over, and with it whoever else knew of the ids
            ids.forEach(Ends::close);
        }
    }
}
