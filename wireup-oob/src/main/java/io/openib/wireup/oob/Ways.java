package io.openib.wireup.oob;

import io.netty.channel.EventLoop;
import io.openib.wireup.PeerContact;
import io.openib.wireup.PeerName;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The TCP connections of one module to the modules of peers that it wires up with, one to each, or two for the moment in which
 * both have dialled: then the one that the lower name dialled stays. Event loop only.
 */
final class Ways {
    private static final Logger LOG = LoggerFactory.getLogger(Ways.class);

    /** What the ways need of their module. */
    interface Owner {
        /** This process. */
        PeerName self();

        /** Starts to dial the address whose turn it is; the link is told how it goes. */
        void dial(PeerLink link, Round round);

        /** A peer cannot be reached, or hung up before it showed that it is one. */
        void onTrouble(PeerName peer, String detail);

        /** A peer listens no more. */
        void onGone(PeerName peer, String detail);

        /** A peer hung up. */
        void onLost(PeerName peer);
    }

    private final Owner owner;
    private final EventLoop loop;
    private final Map<PeerModule, PeerLink> links = new HashMap<>();
    /** What the peer dialled while our own is the better one; takes its place when that is gone. */
    private final Map<PeerModule, PeerLink> spares = new HashMap<>();

    private final Map<PeerModule, Integer> arrived = new HashMap<>();
    /** The address to begin with at the next dialling: the one that has answered, or else the one after the last dialled. */
    private final Map<PeerModule, Integer> turns = new HashMap<>();

    Ways(Owner owner, EventLoop loop) {
        this.owner = owner;
        this.loop = loop;
    }

    void send(PeerModule peer, @Nullable PeerContact contact, byte[] message) {
        assert loop.inEventLoop();
        PeerLink link = links.get(peer);
        if (link == null && contact != null) {
            link = dial(peer, contact);
        }
        if (link != null) {
            link.send(message);
        }
    }

    private @Nullable PeerLink dial(PeerModule peer, PeerContact contact) {
        try {
            OobContact where = OobContact.decode(contact.blob());
            Round round = new Round(where, turns.getOrDefault(peer, 0));
            PeerLink link = PeerLink.dialled(peer.peer(), round);
            links.put(peer, link);
            dial(peer, link, round);
            return link;
        } catch (IllegalArgumentException e) {
            owner.onTrouble(peer.peer(), "what it published for oob cannot be read: " + e.getMessage());
            return null;
        }
    }

    private void dial(PeerModule peer, PeerLink link, Round round) {
        turns.put(peer, round.turn() + 1);
        owner.dial(link, round);
    }

    /** No connection comes about with the address whose turn it is: the next one's is at once. */
    void onUnreachable(PeerLink link, Round round, String why) {
        PeerModule peer = link.far();
        if (peer == null || links.get(peer) != link || !round.hasNext()) {
            onClosed(link, false, why);
            return;
        }
        owner.onTrouble(peer.peer(), round.note(why));
        round.next();
        dial(peer, link, round);
    }

    /** A message of a peer is there; returns its number among the peer's. */
    int onMessage(PeerModule peer) {
        return arrived.merge(peer, 1, Integer::sum);
    }

    /** A peer has shown on a link that it is one. */
    void keep(PeerModule peer, PeerLink link) {
        if (link.isGone()) {
            owner.onLost(peer.peer());
            return;
        }
        Round round = link.round();
        if (round != null) {
            turns.put(peer, round.turn());
        }
        PeerLink known = links.get(peer);
        if (known == null) {
            links.put(peer, link);
        } else if (known != link && isBetter(link, known, peer)) {
            LOG.debug("{} and {} dialled at once", owner.self(), peer.peer());
            links.put(peer, link);
            known.handOverTo(link);
        } else if (known != link) {
            PeerLink older = spares.put(peer, link);
            if (older != null && older != link) {
                older.close();
            }
        }
    }

    /** Whether the new one is to stay. The other end closes the one that it dialled itself, and knows none that is pending. */
    private boolean isBetter(PeerLink link, PeerLink known, PeerModule peer) {
        if (known.isPending() || known.isDialledHere() == link.isDialledHere()) {
            return true;
        }
        boolean isOurs = owner.self().compareTo(peer.peer()) < 0;
        return link.isDialledHere() == isOurs;
    }

    /**
     * A link is gone.
     *
     * @param wasAuthentic whether a peer had shown itself on it
     */
    void onClosed(PeerLink link, boolean wasAuthentic, String why) {
        PeerModule peer = link.far();
        if (peer == null || spares.remove(peer, link)) {
            return;
        }
        if (links.remove(peer, link)) {
            PeerLink spare = spares.remove(peer);
            if (spare != null) {
                links.put(peer, spare);
            }
            if (wasAuthentic) {
                owner.onLost(peer.peer());
            } else {
                tell(peer.peer(), link.round(), why);
            }
        }
    }

    private void tell(PeerName peer, @Nullable Round round, String why) {
        if (round == null) {
            owner.onTrouble(peer, why);
        } else if (round.isDeserted()) {
            owner.onGone(peer, round.note(why));
        } else {
            owner.onTrouble(peer, round.note(why));
        }
    }

    /**
     * Closes the way once what was sent is out.
     *
     * @param upTo the last message that was heeded; after a later one the way is still needed
     */
    void finish(PeerModule peer, int upTo) {
        if (arrived.getOrDefault(peer, 0) != upTo) {
            return;
        }
        close(links.remove(peer));
        close(spares.remove(peer));
    }

    private static void close(@Nullable PeerLink link) {
        if (link != null) {
            link.close();
        }
    }

    void closeAll() {
        links.values().forEach(PeerLink::close);
        spares.values().forEach(PeerLink::close);
        links.clear();
        spares.clear();
    }
}
