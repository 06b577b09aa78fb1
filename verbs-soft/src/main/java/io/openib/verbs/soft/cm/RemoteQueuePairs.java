package io.openib.verbs.soft.cm;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which queue pair numbers of which peer devices belong to an open request or connection here. The kernel keeps the same
 * table: a request or a reply with a number that is in it is stale.
 */
final class RemoteQueuePairs {
    private record Key(long nodeGuid, int qpNumber) {
        // Written out, as the compiler's own takes a cold process milliseconds.
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key key && nodeGuid == key.nodeGuid && qpNumber == key.qpNumber;
        }

        @Override
        public int hashCode() {
            return 31 * Long.hashCode(nodeGuid) + qpNumber;
        }
    }

    private final Map<Key, Exchange> holders = new HashMap<>();

    /**
     * Enters the number of an offer.
     *
     * @return null when it was free; else who holds it
     */
    @Nullable
    Exchange claim(Offer offer, Exchange holder) {
        Exchange present = holders.putIfAbsent(key(offer), holder);
        return present == holder ? null : present;
    }

    /** Gives a number back, if the exchange holds it. */
    void release(Offer offer, Exchange holder) {
        holders.remove(key(offer), holder);
    }

    void clear() {
        holders.clear();
    }

    private static Key key(Offer offer) {
        return new Key(offer.nodeGuid(), offer.parameters().qpNumber());
    }
}
