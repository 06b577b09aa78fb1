package io.openib.btl;

/** Told how the connection to each peer came about, or failed to. */
@FunctionalInterface
public interface WireupHandler {
    /** Called on the owner, once for each attempt. */
    void onWireup(WireupEvent event);
}
