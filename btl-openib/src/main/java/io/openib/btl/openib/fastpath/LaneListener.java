package io.openib.btl.openib.fastpath;

import io.openib.verbs.VerbsException;

/** What the fast path tells those who wire things up. Called on the owner, within progress. */
public interface LaneListener {
    /** A request on the lane failed; the lane is not used any more, and {@link FastPath#retire} follows. */
    void onLaneError(Lane lane, String what);

    /** The peer says that it closes. */
    void onGoodbye(Lane lane);

    /** Every request on a retired lane is accounted for; its queue pairs may be destroyed. */
    void onLaneDrained(Lane lane);

    /** A message came from a queue pair that no lane is known for: news from the control thread may be waiting. */
    void onUnknownQueuePair();

    /** There is no memory for more fragments: what is under way must give some back. */
    void onShortage(VerbsException shortage);

    /** There is no memory for what goes to a peer, and none under way that could come back: that fails. */
    void onStarved(int peer, VerbsException shortage);

    /** A message came whose tag nobody registered: it is dropped. */
    void onUnclaimed(int peer, int tag);

    /** A callback of the user threw. */
    void onCallbackFailure(String which, Throwable thrown);
}
