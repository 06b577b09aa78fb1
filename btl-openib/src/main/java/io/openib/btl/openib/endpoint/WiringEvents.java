package io.openib.btl.openib.endpoint;

import io.openib.wireup.QueuePairSet;
import java.util.List;

/** What the wireups of a port need of, and tell, the transport. On the control thread. */
public interface WiringEvents {
    /**
     * How a connection came about, or failed to.
     *
     * @param scheme the wireup that did it, or failed last
     * @param tried each wireup tried, in order, with how it ended
     * @param reason why this one, or why it failed
     */
    record Outcome(String scheme, List<String> tried, String reason) {
        public Outcome {
            tried = List.copyOf(tried);
        }
    }

    /**
     * Makes the queue pairs for a connection, in INIT.
     *
     * @throws io.openib.verbs.VerbsException what the device refused
     */
    QueuePairSet newSet(int peer);

    /** Has a peer's request looked at when there is room for the lane that it needs: now, or when one that is being drained is gone. */
    void whenRoom(int peer, Runnable request);

    /** A peer asks for a connection: empty to admit it, else why not. */
    String admit(int peer);

    /** Connected, by an attempt of ours or one of the peer's, with this one of the ports that the peer has published. */
    void connected(int peer, int peerPort, boolean isOurs, QueuePairSet set, Outcome outcome);

    /** An attempt of ours, or one of the peer's that was admitted, came to nothing. */
    void failed(int peer, boolean isOurs, Outcome outcome);

    /** A connection is over. */
    void disconnected(QueuePairSet set, String why);
}
