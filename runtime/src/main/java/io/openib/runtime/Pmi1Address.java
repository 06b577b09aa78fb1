package io.openib.runtime;

import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * What the environment says about a PMI-1 server.
 *
 * @param pmiId the number with which to ask for rank and size; if empty, rank and size are given
 * @param rank this process's rank, if {@code pmiId} is empty
 * @param size the job's size, if {@code pmiId} is empty
 * @param token what our own server wants to see; null under another launcher
 */
record Pmi1Address(String host, int port, OptionalInt pmiId, int rank, int size, @Nullable String token) {

    String name() {
        return "pmi1 at " + host + ":" + port;
    }
}
