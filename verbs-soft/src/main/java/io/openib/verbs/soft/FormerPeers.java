package io.openib.verbs.soft;

import io.openib.verbs.soft.arena.Address;
import io.openib.verbs.soft.arena.ArenaLayout;
import io.openib.verbs.soft.arena.ArenaView;
import io.openib.verbs.soft.arena.Table;
import io.openib.verbs.soft.arena.Words;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * The lives of peers that a queue pair was bound to in lives of its own that are over. It may have used receives of theirs, and
 * it alone knew which, so none of them is one that a later life could go on with. Under the queue pair's lock.
 */
final class FormerPeers {
    private static final int FEW = 16;

    private final PeerDirectory peers;
    private final Map<Peer, Integer> epochs = new HashMap<>();
    private int most = FEW;

    private record Peer(long arenaId, int number) {}

    /** None yet. */
    FormerPeers(PeerDirectory peers) {
        this.peers = peers;
    }

    /** The epoch of a queue pair when it was last bound to; 0 for one that never was. */
    int epochOf(long arenaId, int number) {
        return epochs.getOrDefault(new Peer(arenaId, number), 0);
    }

    /** A life ends that was bound to that epoch of a peer, 0 if to none. */
    void add(long arenaId, int number, int epoch) {
        if (epoch == 0) {
            return;
        }
        epochs.put(new Peer(arenaId, number), epoch);
        if (epochs.size() > most) {
            epochs.entrySet().removeIf(former -> isOver(former.getKey(), former.getValue()));
            most = Math.max(FEW, 2 * epochs.size());
        }
    }

    /** Whether the peer has been reset since, so that nobody needs to know any more. */
    private boolean isOver(Peer peer, int epoch) {
        ArenaView view = peers.isAlive(peer.arenaId) ? peers.find(peer.arenaId) : null;
        long at = view == null
                ? 0
                : Table.entry(view, ArenaLayout.QP_TABLE_OFFSET, QpContext.BYTES, QueuePairTable.index(peer.number));
        ByteBuffer shown = view == null || at == 0 ? null : view.segment(Address.segment(at));
        if (shown == null) {
            return !peers.isAlive(peer.arenaId); // or it cannot be mapped just now
        }
        return QpContext.epoch(Words.getLongAcquire(shown, Address.offset(at) + QpContext.WORD)) != epoch;
    }
}
