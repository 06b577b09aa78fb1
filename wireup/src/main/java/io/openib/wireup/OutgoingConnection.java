package io.openib.wireup;

/** Callback Y: how an attempt ended. Exactly one call, on the control thread; must not block. */
public interface OutgoingConnection {
    /** The queue pairs are in RTS and the peer's are ready to receive. */
    void onConnected(Connection connection);

    /** There is no connection; the set, if one had been made, is in ERR and has been handed to its owner. */
    void onFailed(WireupFailure failure);
}
