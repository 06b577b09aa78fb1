package io.openib.verbs.cm;

import io.openib.verbs.VerbsProvider;

/** A provider whose devices can be connected by a connection manager. */
public interface CmProvider extends VerbsProvider {
    /** The connection manager for this provider's devices; it says itself whether it is available. */
    ConnectionManager connectionManager();
}
