package io.openib.verbs.soft;

import io.openib.verbs.soft.arena.ArenaView;
import io.openib.verbs.soft.arena.OwnArena;
import io.openib.verbs.soft.arena.PeerArena;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The arenas this process can reach: its own, and those of peers as they are first named. Thread-safe. */
final class PeerDirectory {
    private final OwnArena own;
    private final Map<Long, PeerArena> peers = new ConcurrentHashMap<>();

    private final Consumer<PeerArena> onNewPeer;

    /**
     * Knows nobody yet.
     *
     * @param onNewPeer told of each peer once, when it is first named
     */
    PeerDirectory(OwnArena own, Consumer<PeerArena> onNewPeer) {
        this.own = own;
        this.onNewPeer = onNewPeer;
    }

    OwnArena own() {
        return own;
    }

    /**
     * The arena with an id.
     *
     * @return null when it is not in this process's shared-memory folders
     */
    @Nullable
    ArenaView find(long id) {
        if (id == own.id()) {
            return own;
        }
        PeerArena known = peers.get(id);
        return known != null ? known : open(id);
    }

    private synchronized @Nullable ArenaView open(long id) {
        PeerArena known = peers.get(id);
        if (known == null) {
            known = PeerArena.open(own.home(), id, own.id());
            if (known != null) {
                peers.put(id, known);
                onNewPeer.accept(known);
            }
        }
        return known;
    }

    /** By which number the owner of an arena knows this process; this process is number 65535 to itself. */
    static int attachNumber(ArenaView arena) {
        return arena instanceof PeerArena peer ? peer.attachNumber() : SELF;
    }

    static final int SELF = 0xffff;
}
