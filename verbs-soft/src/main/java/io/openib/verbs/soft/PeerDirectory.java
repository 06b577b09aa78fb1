package io.openib.verbs.soft;

import io.openib.verbs.soft.arena.ArenaView;
import io.openib.verbs.soft.arena.DepartedArena;
import io.openib.verbs.soft.arena.OwnArena;
import io.openib.verbs.soft.arena.PeerArena;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The arenas this process can reach: its own, and those of peers as they are first named, until they are dead and nothing of
 * them is needed any more. Thread-safe.
 */
final class PeerDirectory {
    /** This process's attach number at itself. */
    static final int SELF = 0xffff;

    /** The mappings of the dead that may wait for the collector: an eighth of the file system, within these bounds. */
    private static final long LEAST_UNUSED_BYTES = 8L << 20;

    private static final long MOST_UNUSED_BYTES = 256L << 20;

    private final OwnArena own;
    private final Map<Long, PeerArena> peers = new ConcurrentHashMap<>();
    private final Consumer<PeerArena> watcher;
    private final long unusedBytesAllowed;
    private long unusedBytes;

    /**
     * Knows nobody yet.
     *
     * @param watcher told of each peer when it is first named, and when its doorbell's connection is broken
     */
    PeerDirectory(OwnArena own, Consumer<PeerArena> watcher) {
        this.own = own;
        this.watcher = watcher;
        this.unusedBytesAllowed = Math.min(
                MOST_UNUSED_BYTES, Math.max(LEAST_UNUSED_BYTES, own.home().totalBytes() / 8));
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
            known = PeerArena.open(own, id, watcher);
            if (known != null) {
                peers.put(id, known);
                watcher.accept(known);
            }
        }
        return known;
    }

    /**
     * The arena of a process that has completed something here; what it has lent, when it has gone.
     *
     * @return null when it lives but cannot be mapped just now
     */
    @Nullable
    ArenaView producer(long id) {
        ArenaView present = find(id);
        return present == null && !isAlive(id) ? new DepartedArena(id, own) : present;
    }

    /** Whether the process of an arena lives. One that has no folder does not. Asks the system. */
    boolean isAlive(long id) {
        PeerArena known = peers.get(id);
        return id == own.id() || (known == null ? PeerArena.isAlive(own.home(), id) : known.isAlive());
    }

    /** Lets go of a dead peer: its files, what it has lent, and, as soon as the collector has looked, its memory. */
    void forget(long id) {
        if (isTooMuchUnusedWithout(id)) {
            // Mappings end by the collector only, which does not know how much they hold.
            System.gc();
        }
    }

    private synchronized boolean isTooMuchUnusedWithout(long id) {
        PeerArena known = peers.remove(id);
        if (known != null) {
            known.close();
            unusedBytes += known.bytes();
        }
        own.giveBackLent(id);
        own.home().remove(id);
        boolean isTooMuch = unusedBytes > unusedBytesAllowed;
        unusedBytes = isTooMuch ? 0 : unusedBytes;
        return isTooMuch;
    }

    /** Whether an arena was looked at, so that its process is watched. */
    boolean isMet(long id) {
        return id == own.id() || peers.containsKey(id);
    }

    /** How many peers are known. */
    int count() {
        return peers.size();
    }

    /** Closes what it holds of the system. */
    synchronized void close() {
        peers.values().forEach(PeerArena::close);
        peers.clear();
    }

    /** By which number the owner of an arena knows this process; this process is number 65535 to itself. */
    static int attachNumber(ArenaView arena) {
        return arena instanceof PeerArena peer ? peer.attachNumber() : SELF;
    }

    /** Whether the owner of an arena knows this process, so that it may leave something there. Tries to be entered. */
    static boolean isAttached(ArenaView arena) {
        return !(arena instanceof PeerArena peer) || peer.attachNumber() != 0 || peer.attach();
    }
}
