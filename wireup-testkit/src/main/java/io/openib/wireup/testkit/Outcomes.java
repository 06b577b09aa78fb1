package io.openib.wireup.testkit;

import io.openib.wireup.Connection;
import io.openib.wireup.PeerName;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Notes what a process is told that no promise allows, whatever its case looks at. Safe for every thread. */
final class Outcomes {
    private final Queue<String> broken = new ConcurrentLinkedQueue<>();
    private final Set<Connection> connected = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Set<Connection> ended = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Map<PeerName, Integer> owed = new HashMap<>();

    /** What it was, each as a sentence. */
    List<String> broken() {
        return List.copyOf(broken);
    }

    void note(String what) {
        broken.add(what);
    }

    /** A callback came. */
    void onCallback(String what, boolean isOnControlThread) {
        if (!isOnControlThread) {
            note(what + " elsewhere than on the control thread");
        }
    }

    /** X was asked, which makes one outcome at most. */
    synchronized void onRequest(PeerName peer) {
        owed.merge(peer, 1, Integer::sum);
    }

    /** X had an outcome. */
    synchronized void onAnswered(PeerName peer) {
        if (owed.merge(peer, -1, Integer::sum) < 0) {
            note("X was told of " + peer + " more often than it was asked");
        }
    }

    /** X or Y was told of a connection. */
    synchronized void onConnected(Connection connection) {
        if (!connected.add(connection)) {
            note("the connection to " + connection.peer() + " was told twice");
        }
    }

    synchronized void onDisconnected(Connection connection) {
        if (!connected.contains(connection)) {
            note("a connection to " + connection.peer() + " ended that was never told");
        }
        if (!ended.add(connection)) {
            note("the end of the connection to " + connection.peer() + " was told twice");
        }
    }
}
