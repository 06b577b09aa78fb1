package io.openib.wireup;

import io.openib.verbs.VerbsException;
import java.util.ArrayList;
import java.util.List;

/** A connection of a process to itself: each queue pair of the set leads to itself, with no handshake. For all schemes. */
public final class Loopback {
    private Loopback() {}

    /**
     * Makes the queue pairs and joins them. On the control thread; Y is called before it returns.
     *
     * @param port where
     * @param scheme that is asked for it
     * @param outgoing Y
     */
    public static void connect(WireupPort port, String scheme, OutgoingConnection outgoing) {
        long startNs = port.control().nanoTime();
        QueuePairSet set;
        try {
            set = port.createQueuePairs(port.name());
        } catch (VerbsException e) {
            outgoing.onFailed(failure(port, scheme, e));
            return;
        }
        try {
            set.toReadyToSend(paths(port, set));
        } catch (VerbsException e) {
            set.discard();
            outgoing.onFailed(failure(port, scheme, e));
            return;
        }
        long durationNs = port.control().nanoTime() - startNs;
        outgoing.onConnected(
                new LoopbackConnection(port.name(), port.index(), scheme, set, port.configuration(), durationNs));
    }

    private static List<MemberPath> paths(WireupPort port, QueuePairSet set) {
        QueuePairSettings own = port.settings();
        PortAddress address = PortAddress.of(port.device(), own);
        int depth = Math.min(own.maxRdAtomic(), own.maxDestRdAtomic());
        List<MemberPath> paths = new ArrayList<>();
        set.queuePairs()
                .forEach(qp -> paths.add(new MemberPath(
                        address.vectorTo(address, own), own.pathMtu(), qp.number(), 0, 0, depth, depth)));
        return paths;
    }

    private static WireupFailure failure(WireupPort port, String scheme, VerbsException e) {
        return new WireupFailure(
                WireupFailure.Reason.DEVICE,
                port.name(),
                scheme + " on " + port.place() + " cannot connect to itself: " + e.getMessage());
    }

    private record LoopbackConnection(
            PeerName peer,
            int peerPort,
            String scheme,
            QueuePairSet queuePairs,
            EffectiveConfiguration agreed,
            long durationNs)
            implements Connection {
        @Override
        public void disconnect() {
            // there is nobody to tell
        }

        @Override
        public void close() {
            // nothing is held
        }
    }
}
