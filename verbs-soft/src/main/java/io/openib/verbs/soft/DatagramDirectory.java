package io.openib.verbs.soft;

import io.openib.verbs.soft.arena.Address;
import io.openib.verbs.soft.arena.ArenaLayout;
import io.openib.verbs.soft.arena.ArenaView;
import io.openib.verbs.soft.arena.OwnArena;
import io.openib.verbs.soft.arena.Words;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Inboxes of a completion queue that processes claim by compare-and-set before their first datagram. */
final class DatagramDirectory {
    private final long address;
    private final ByteBuffer memory;
    private final int offset;
    private final boolean[] isTaken = new boolean[Inbox.DIRECTORY_INBOXES];
    private long seen;

    DatagramDirectory(OwnArena arena, long queueAddress) {
        address = arena.allocate(Inbox.DIRECTORY_BYTES, ArenaLayout.LINE_BYTES);
        memory = arena.memory(Address.segment(address));
        offset = Address.offset(address);
        for (int i = 0; i < Inbox.DIRECTORY_INBOXES; i++) {
            Words.putLongRelease(memory, Address.offset(inbox(address, i)) + Inbox.QUEUE, queueAddress);
        }
    }

    long address() {
        return address;
    }

    private static long inbox(long directory, int index) {
        return directory + Inbox.DIRECTORY_FIRST + (long) index * Inbox.BYTES;
    }

    /** Whether a process has claimed an inbox. */
    boolean isClaimedBy(long producerId) {
        for (int i = 0; i < Inbox.DIRECTORY_INBOXES; i++) {
            if (Words.getLongAcquire(memory, producerOffset(i)) == producerId) {
                return true;
            }
        }
        return false;
    }

    private int producerOffset(int index) {
        return Address.offset(inbox(address, index)) + Inbox.PRODUCER;
    }

    /** Lets others claim the inboxes that a dead process has claimed and not used. For who polls. */
    void releaseUnused(long producerId) {
        for (int i = 0; i < Inbox.DIRECTORY_INBOXES; i++) {
            if (!isTaken[i] && Words.getLongAcquire(memory, producerOffset(i)) == producerId) {
                release(inbox(address, i));
            }
        }
    }

    /** Lets others claim the inbox of a dead process, of which everything was read. Its positions go on. For who polls. */
    void release(long inbox) {
        int at = Address.offset(inbox);
        isTaken[(at - offset - Inbox.DIRECTORY_FIRST) / Inbox.BYTES] = false;
        Words.putLong(memory, at + Inbox.RING, 0);
        Words.putLongRelease(memory, at + Inbox.PRODUCER, 0);
    }

    /** Whether inboxes were claimed since they were last taken. For who polls. */
    boolean hasNew() {
        return Words.getLongAcquire(memory, offset + Inbox.DIRECTORY_COUNT) != seen;
    }

    List<Long> takeNew() {
        seen = Words.getLongAcquire(memory, offset + Inbox.DIRECTORY_COUNT);
        List<Long> claimed = new ArrayList<>();
        for (int i = 0; i < Inbox.DIRECTORY_INBOXES; i++) {
            long inbox = inbox(address, i);
            if (!isTaken[i] && Words.getLongAcquire(memory, Address.offset(inbox) + Inbox.PRODUCER) != 0) {
                isTaken[i] = true;
                claimed.add(inbox);
            }
        }
        return claimed;
    }

    /**
     * Claims an inbox of a peer's directory for this process.
     *
     * @return 0 when none is left
     */
    static long claim(ArenaView target, long directory, long ownId, FaultInjector faults) {
        ByteBuffer memory = target.memory(Address.segment(directory));
        long kept = claimedWithoutRing(memory, directory, ownId);
        if (kept != 0) {
            return kept;
        }
        for (int i = 0; i < Inbox.DIRECTORY_INBOXES; i++) {
            long inbox = inbox(directory, i);
            int producer = Address.offset(inbox) + Inbox.PRODUCER;
            if (Words.getLongAcquire(memory, producer) == 0 && Words.compareAndSetLong(memory, producer, 0, ownId)) {
                faults.pass(FaultPoint.INBOX_MARKED);
                Words.getAndAddLong(memory, Address.offset(directory) + Inbox.DIRECTORY_COUNT, 1);
                faults.pass(FaultPoint.INBOX_CLAIMED);
                return inbox;
            }
        }
        return 0;
    }

    /** What was claimed when there was no room for a ring; else 0. */
    private static long claimedWithoutRing(ByteBuffer memory, long directory, long ownId) {
        for (int i = 0; i < Inbox.DIRECTORY_INBOXES; i++) {
            long inbox = inbox(directory, i);
            int at = Address.offset(inbox);
            if (Words.getLongAcquire(memory, at + Inbox.PRODUCER) == ownId
                    && Words.getLongAcquire(memory, at + Inbox.RING) == 0) {
                return inbox;
            }
        }
        return 0;
    }
}
