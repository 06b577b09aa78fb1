package io.openib.verbs.testkit;

import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpState;
import org.jspecify.annotations.Nullable;

/** A side's connection manager: one event channel and its ids, by handle. */
public interface CmCalls {
    /** Why there is none that reaches this side's port; empty when there is. */
    String refusal();

    /** An id that listens at the port's own address. */
    int listen(int backlog);

    /** Where an id is bound. */
    CmAddress address(int id);

    /** A new id, on its way to an address: ADDR_RESOLVED follows. */
    int resolve(CmAddress destination, int timeoutMs);

    /** ROUTE_RESOLVED follows. */
    void resolveRoute(int id, int timeoutMs);

    /** With depths of 4 reads out and 3 answered. */
    void connect(int id, int qpNumber, byte[] privateData);

    /** With depths of 2 reads out and 3 answered. */
    void accept(int id, int qpNumber, byte[] privateData);

    /** Refuses a request. */
    void reject(int id, byte[] privateData);

    /** Answers CONNECT_RESPONSE. */
    void establish(int id);

    /** Ends a connection, or agrees to its end. */
    void disconnect(int id);

    /** Destroys an id. */
    void close(int id);

    /** Destroys the channel and every id. */
    void closeChannel();

    /** Moves a queue pair from INIT to RTS by what the manager says of the way to its peer. */
    void ready(int id, int qp, int peerNumber);

    /** What the manager says of the move to a state. */
    CmPath path(int id, QpState state);

    /** The next event; null when the time is over. */
    @Nullable
    CmNotice next(long timeoutMs);

    /**
     * What two sides of a connection have to agree on.
     *
     * @param mtuCode of the path, for RTR
     * @param rqPsn for RTR
     * @param sqPsn for RTS
     */
    record CmPath(int mtuCode, int rqPsn, int sqPsn) implements java.io.Serializable {
        static CmPath of(QpAttributes attributes) {
            boolean isRtr = attributes.state() == QpState.RTR;
            return new CmPath(
                    isRtr ? attributes.pathMtu().code() : 0,
                    isRtr ? attributes.rqPsn() : 0,
                    isRtr ? 0 : attributes.sqPsn());
        }
    }
}
