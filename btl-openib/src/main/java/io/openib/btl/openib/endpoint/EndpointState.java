package io.openib.btl.openib.endpoint;

import java.util.Map;
import java.util.Optional;

/**
 * The states of an endpoint, with all legal moves:
 *
 * <pre>
 *             CONNECT     REQUEST     UP         DOWN     GOODBYE
 * CLOSED      CONNECTING  CONNECTING  -          CLOSED   CLOSED
 * CONNECTING  CONNECTING  CONNECTING  CONNECTED  FAILED   CLOSED
 * CONNECTED   CONNECTED   CONNECTING  -          FAILED   CLOSED
 * FAILED      CONNECTING  CONNECTING  CONNECTED  FAILED   CLOSED
 * </pre>
 *
 * A request in CONNECTED replaces the connection: the peer has lost it. UP in FAILED: our attempt failed, and a request of the
 * peer's that had been admitted has connected.
 */
public enum EndpointState {
    CLOSED,
    CONNECTING,
    CONNECTED,
    FAILED;

    /** What happens to an endpoint. */
    public enum Event {
        /** The owner wants a connection. */
        CONNECT,
        /** The peer wants one. */
        REQUEST,
        /** The wireup has connected. */
        UP,
        /** The wireup has failed, or the connection is lost. */
        DOWN,
        /** The peer closes. */
        GOODBYE
    }

    private static final Map<EndpointState, Map<Event, EndpointState>> MOVES = Map.of(
            CLOSED,
            Map.of(
                    Event.CONNECT, CONNECTING,
                    Event.REQUEST, CONNECTING,
                    Event.DOWN, CLOSED,
                    Event.GOODBYE, CLOSED),
            CONNECTING,
            Map.of(
                    Event.CONNECT, CONNECTING,
                    Event.REQUEST, CONNECTING,
                    Event.UP, CONNECTED,
                    Event.DOWN, FAILED,
                    Event.GOODBYE, CLOSED),
            CONNECTED,
            Map.of(
                    Event.CONNECT, CONNECTED,
                    Event.REQUEST, CONNECTING,
                    Event.DOWN, FAILED,
                    Event.GOODBYE, CLOSED),
            FAILED,
            Map.of(
                    Event.CONNECT, CONNECTING,
                    Event.REQUEST, CONNECTING,
                    Event.UP, CONNECTED,
                    Event.DOWN, FAILED,
                    Event.GOODBYE, CLOSED));

    /** Where an event leads; empty if it cannot happen in this state. */
    public Optional<EndpointState> after(Event event) {
        return Optional.ofNullable(MOVES.get(this)).map(moves -> moves.get(event));
    }
}
