package io.openib.btl.openib.endpoint;

import io.openib.btl.openib.endpoint.EndpointState.Event;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the connection to one peer stands. Of the control thread.
 *
 * @param <L> what it connects: the lane
 */
public final class Endpoint<L> {
    private static final Logger LOG = LoggerFactory.getLogger(Endpoint.class);

    private final int peer;
    private EndpointState state = EndpointState.CLOSED;
    private Optional<L> lane = Optional.empty();
    private long attemptStartNs;

    public Endpoint(int peer) {
        this.peer = peer;
    }

    public int peer() {
        return peer;
    }

    public EndpointState state() {
        return state;
    }

    /** What is connected, or being connected. */
    public Optional<L> lane() {
        return lane;
    }

    public void lane(Optional<L> value) {
        lane = value;
    }

    /** When the attempt under way, or the last one, began. */
    public long attemptStartNs() {
        return attemptStartNs;
    }

    /** Moves on; false, with a warning, if the event cannot happen here. */
    public boolean on(Event event) {
        Optional<EndpointState> next = state.after(event);
        if (next.isEmpty()) {
            LOG.warn("Endpoint of rank {}: {} in {} is refused", peer, event, state);
            return false;
        }
        if (next.get() == EndpointState.CONNECTING && state != EndpointState.CONNECTING) {
            attemptStartNs = System.nanoTime();
        }
        LOG.debug("Endpoint of rank {}: {} in {} leads to {}", peer, event, state, next.get());
        state = next.get();
        return true;
    }
}
