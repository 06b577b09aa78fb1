package io.openib.btl.openib;

/** How many calls of the owner's own wait until something is known of their peers: a bounded number, and a bounded part of the heap. Of the owner. */
final class HeldCalls {
    /** As much as the buffers of a receive queue may take. */
    private static final long MAX_BYTES = 16 << 20;

    private final int maxOfPeer;
    private long bytes;

    HeldCalls(int maxOfPeer) {
        this.maxOfPeer = maxOfPeer;
    }

    /** Whether one more may wait: for what is not known of its peer. */
    boolean allows(Link link) {
        return link.isUnknown() && link.held < maxOfPeer && bytes < MAX_BYTES;
    }

    /** Whether half of the room is free, or no call to the peer waits here any more. */
    boolean hasRoom(Link link) {
        return link.isUnknown() ? 2 * link.held <= maxOfPeer && 2 * bytes <= MAX_BYTES : link.held == 0;
    }

    /** One more waits. */
    void add(Link link, Call call) {
        link.held++;
        bytes += call.heapBytes();
    }

    /** One is done. */
    void remove(Link link, Call call) {
        link.held--;
        bytes -= call.heapBytes();
    }
}
