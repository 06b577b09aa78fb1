package io.openib.btl.openib;

import io.openib.btl.openib.wire.ModexMessage;
import io.openib.btl.openib.wire.ModexMessage.FormatException;
import io.openib.btl.openib.wire.ModexMessage.PortContact;
import io.openib.runtime.JobRuntime;
import io.openib.runtime.OpenibRuntimeException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** What the ranks have published of themselves, read when first needed. Any thread. */
final class PeerTable {
    private static final String KEY = "btl-openib.";

    private final JobRuntime runtime;
    private final ModexMessage own;
    private final AtomicReferenceArray<Peer> peers;

    /**
     * What a peer published.
     *
     * @param message empty if it cannot be used
     * @param problem why it cannot; empty if it can
     */
    record Peer(Optional<ModexMessage> message, String problem) {}

    /**
     * Two ports that reach each other.
     *
     * @param ownPort index of our port
     * @param contact the peer's
     * @param reason why these two
     */
    record Route(int ownPort, PortContact contact, String reason) {}

    PeerTable(JobRuntime runtime, ModexMessage own) {
        this.runtime = runtime;
        this.own = own;
        this.peers = new AtomicReferenceArray<>(runtime.size());
    }

    /** Publishes our own; a fence follows. */
    void publish() {
        runtime.put(KEY + runtime.rank(), own.encode());
    }

    ModexMessage own() {
        return own;
    }

    /** What a rank has published; asks the launcher the first time. */
    Peer peer(int rank) {
        Peer known = peers.get(rank);
        if (known == null) {
            known = read(rank);
            peers.set(rank, known);
        }
        return known;
    }

    /** What a rank has published, if that was read before. */
    Optional<ModexMessage> known(int rank) {
        Peer known = peers.get(rank);
        return known == null ? Optional.empty() : known.message();
    }

    private Peer read(int rank) {
        try {
            Optional<byte[]> bytes = runtime.get(KEY + rank);
            if (bytes.isEmpty()) {
                return new Peer(
                        Optional.empty(), "rank " + rank + " has published nothing; does it run with btl_openib too?");
            }
            return checked(rank, ModexMessage.decode(bytes.get()));
        } catch (FormatException e) {
            return new Peer(Optional.empty(), "what rank " + rank + " has published cannot be read: " + e.getMessage());
        } catch (OpenibRuntimeException e) {
            return new Peer(Optional.empty(), "what rank " + rank + " has published cannot be had: " + e.getMessage());
        }
    }

    private Peer checked(int rank, ModexMessage message) {
        if (!message.receiveQueues().equals(own.receiveQueues())) {
            return new Peer(
                    Optional.of(message),
                    "unsupported queues configuration: rank " + rank + " on " + message.host()
                            + " has btl_openib_receive_queues " + message.receiveQueues() + ", this rank has "
                            + own.receiveQueues() + "; set the same in all ranks");
        }
        return new Peer(Optional.of(message), "");
    }

    /** The best pair of ports: of the kind with the highest exclusivity that both have, the first of each side. */
    Optional<Route> route(ModexMessage peer) {
        List<PortContact> ours = own.ports();
        Route best = null;
        int bestExclusivity = Integer.MIN_VALUE;
        for (int i = 0; i < ours.size(); i++) {
            PortContact our = ours.get(i);
            for (PortContact their : peer.ports()) {
                int exclusivity = Math.min(our.exclusivity(), their.exclusivity());
                if (our.kind().equals(their.kind()) && exclusivity > bestExclusivity) {
                    bestExclusivity = exclusivity;
                    best = new Route(i, their, "\"" + our.kind() + "\" is the best kind of device that both have");
                }
            }
        }
        return Optional.ofNullable(best);
    }
}
