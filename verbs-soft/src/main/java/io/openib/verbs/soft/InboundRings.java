package io.openib.verbs.soft;

import io.openib.verbs.soft.arena.Address;
import io.openib.verbs.soft.arena.ArenaLayout;
import io.openib.verbs.soft.arena.OwnArena;
import io.openib.verbs.soft.arena.Words;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rings in which processes complete receives of one completion queue, and the inboxes that lead to them. */
final class InboundRings {
    private final SoftAdapter adapter;
    private final long queueAddress;
    private volatile InboundRing[] rings = new InboundRing[0];
    private volatile @Nullable DatagramDirectory datagrams;

    InboundRings(SoftAdapter adapter, long queueAddress) {
        this.adapter = adapter;
        this.queueAddress = queueAddress;
    }

    /** All of them now; not to be changed. */
    InboundRing[] all() {
        return rings;
    }

    boolean isOf(long producerId) {
        DatagramDirectory directory = datagrams;
        return Arrays.stream(rings).anyMatch(ring -> ring.producerId() == producerId)
                || (directory != null && directory.isClaimedBy(producerId));
    }

    /** The inbox through which a process completes receives of its connections here, one for all of them. */
    synchronized long inboxFor(long producerId) {
        for (InboundRing ring : rings) {
            if (ring.producerId() == producerId && !ring.isForDatagrams()) {
                return ring.inboxAddress();
            }
        }
        OwnArena arena = adapter.arena();
        long address = arena.allocate(Inbox.BYTES, ArenaLayout.LINE_BYTES);
        ByteBuffer memory = arena.memory(Address.segment(address));
        int offset = Address.offset(address);
        Words.putLong(memory, offset + Inbox.QUEUE, queueAddress);
        Words.putLong(memory, offset + Inbox.USE, adapter.newUse());
        Words.putLongRelease(memory, offset + Inbox.PRODUCER, producerId);
        add(address, false);
        return address;
    }

    /** The directory through which any process may send datagrams to queue pairs of this queue. */
    synchronized long datagramDirectory() {
        DatagramDirectory present = datagrams;
        if (present == null) {
            present = new DatagramDirectory(adapter.arena(), queueAddress);
            datagrams = present;
        }
        return present.address();
    }

    /** Looks whether inboxes of the directory were claimed. By who polls. */
    void takeNew() {
        DatagramDirectory directory = datagrams;
        if (directory != null && directory.hasNew()) {
            synchronized (this) {
                directory.takeNew().forEach(inbox -> add(inbox, true));
            }
        }
    }

    private void add(long inbox, boolean isForDatagrams) {
        InboundRing[] more = Arrays.copyOf(rings, rings.length + 1);
        more[rings.length] = new InboundRing(adapter.arena(), adapter.peers(), inbox, isForDatagrams);
        rings = more;
    }

    /** Whether connections may have lost something with a dead process. By who polls. */
    boolean hasLost(long producerId) {
        return Arrays.stream(rings)
                .anyMatch(ring -> ring.producerId() == producerId && !ring.isForDatagrams() && ring.isLost());
    }

    /** Whether a ring of a dead process could not be mapped just now. By who polls. */
    boolean isMissing(long producerId) {
        return Arrays.stream(rings)
                .anyMatch(ring -> ring.producerId() == producerId && ring.isMissing() && !ring.isLost());
    }

    /**
     * Gives the inboxes of a dead process back that no queue pair names any more: those whose rings were read to their end
     * after it was known to be dead. By who polls.
     *
     * @param read the rings that were read
     * @return whether nothing is left to be read
     */
    synchronized boolean removeOf(long producerId, InboundRing[] read) {
        List<InboundRing> kept = new ArrayList<>(Arrays.asList(rings));
        DatagramDirectory directory = datagrams;
        for (InboundRing ring : read) {
            if (ring.producerId() == producerId && kept.remove(ring)) {
                ring.tell(true);
                if (directory != null && ring.isForDatagrams()) {
                    directory.release(ring.inboxAddress());
                } else {
                    adapter.arena().free(ring.inboxAddress(), Inbox.BYTES, ArenaLayout.LINE_BYTES);
                }
            }
        }
        rings = kept.toArray(InboundRing[]::new);
        if (directory != null) {
            directory.releaseUnused(producerId);
        }
        return !isOf(producerId);
    }

    /** Gives all memory back, except a directory: a sender who read of it before may still claim of it. */
    synchronized void free() {
        if (datagrams == null) {
            for (InboundRing ring : rings) {
                adapter.arena().free(ring.inboxAddress(), Inbox.BYTES, ArenaLayout.LINE_BYTES);
            }
            adapter.arena().free(queueAddress, Inbox.Armed.BYTES, ArenaLayout.LINE_BYTES);
        }
    }
}
