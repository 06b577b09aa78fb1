package io.openib.btl.openib;

import io.openib.btl.Btl;
import io.openib.btl.LeaveHandler;
import io.openib.btl.PeerError;
import io.openib.btl.PeerErrorHandler;
import io.openib.btl.RoomHandler;
import io.openib.btl.WireupEvent;
import io.openib.btl.WireupHandler;
import io.openib.btl.openib.fastpath.Counter;
import io.openib.btl.openib.fastpath.Counters;
import io.openib.verbs.VerbsException;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The handlers of a program for what happens to connections; called on the owner, within progress. */
final class Events {
    private static final Logger LOG = LoggerFactory.getLogger("io.openib.btl.openib");

    private static final int MAX_TRACES = 3;

    private final Counters counters;
    private final BitSet unclaimed = new BitSet(Btl.TAGS);
    private final Set<String> shortPlaces = new HashSet<>();
    private @Nullable PeerErrorHandler errorHandler;
    private @Nullable LeaveHandler leaveHandler;
    private @Nullable WireupHandler wireupHandler;
    /** Any thread asks whether there is one. */
    private volatile @Nullable RoomHandler roomHandler;

    Events(Counters counters) {
        this.counters = counters;
    }

    void onError(PeerErrorHandler handler) {
        errorHandler = handler;
    }

    void onLeave(LeaveHandler handler) {
        leaveHandler = handler;
    }

    void onWireup(WireupHandler handler) {
        wireupHandler = handler;
    }

    void onRoom(RoomHandler handler) {
        roomHandler = handler;
    }

    /** Whether the program wants to hear of room. Any thread. */
    boolean isRoomHeard() {
        return roomHandler != null;
    }

    /** There is room for what was refused to a peer. */
    void tellRoom(int peer) {
        RoomHandler handler = roomHandler;
        try {
            if (handler != null) {
                handler.onRoom(peer);
            }
        } catch (Throwable thrown) {
            failed("room handler", thrown);
        }
    }

    /** Whether the program wants to hear of errors; else they are logged. */
    boolean isHeard() {
        return errorHandler != null;
    }

    void tell(PeerError error) {
        LOG.debug("{}", error.reason());
        if (errorHandler == null) {
            LOG.warn("{}", error.reason());
            return;
        }
        try {
            errorHandler.onPeerError(error);
        } catch (Throwable thrown) {
            failed("error handler", thrown);
        }
    }

    void tellLeave(int peer) {
        LOG.debug("rank {} has left the job", peer);
        try {
            if (leaveHandler != null) {
                leaveHandler.onLeave(peer);
            }
        } catch (Throwable thrown) {
            failed("leave handler", thrown);
        }
    }

    void tell(WireupEvent event) {
        LOG.debug("{}", event);
        if (wireupHandler == null) {
            return;
        }
        try {
            wireupHandler.onWireup(event);
        } catch (Throwable thrown) {
            failed("wireup handler", thrown);
        }
    }

    private void failed(String which, Throwable thrown) {
        counters.add(Counter.CALLBACK_FAILURES);
        callbackFailed(which, thrown);
    }

    /** Tells of the first shortage of each port. */
    void shortOfMemory(String place, VerbsException shortage) {
        if (shortPlaces.add(place)) {
            LOG.warn(
                    "{}: what is sent waits until others give memory back, or fails where nobody holds any: {}",
                    place,
                    shortage.getMessage());
        }
    }

    /** Counts a message that is dropped, and tells of the first of each tag. */
    void unclaimed(int peer, int tag) {
        counters.add(Counter.DROPPED_NO_HANDLER);
        if (!unclaimed.get(tag)) {
            unclaimed.set(tag);
            LOG.warn(
                    "A message of rank {} with tag {} is dropped, as each is whose tag nobody has registered; register it before the first"
                            + " progress()",
                    peer,
                    tag);
        }
    }

    /** Tells of the first few, which have been counted, and then whenever their number is a power of ten: there may be one a message. */
    void callbackFailed(String which, Throwable thrown) {
        long count = counters.value(Counter.CALLBACK_FAILURES);
        if (count <= MAX_TRACES) {
            LOG.warn("The program's {} threw; the message or completion counts as delivered", which, thrown);
        } else if (Math.log10((double) count) % 1 == 0) {
            LOG.warn(
                    "The program's handlers have thrown {} times; the last time its {}: {}",
                    count,
                    which,
                    thrown.toString());
        }
    }
}
