package io.openib.verbs.soft.cm;

/**
 * Where the device's fault injector takes a hand in the connection manager. Asked under the manager's lock, once an event;
 * the injector counts what it answers.
 */
public interface CmFaults {
    /** No faults. */
    CmFaults NONE = new CmFaults() {
        @Override
        public Fate fateOf(CmMessageKind kind) {
            return Fate.DELIVERED;
        }

        @Override
        public boolean rejectsRequest() {
            return false;
        }
    };

    /** How a message that is about to be sent fares. */
    Fate fateOf(CmMessageKind kind);

    /** Whether the connection request that just arrived is refused, for lack of resources, before a program sees it. */
    boolean rejectsRequest();

    /**
     * How a message fares.
     *
     * @param isLost it vanishes; the rest does not matter then
     * @param delayMs it is held back for so long, and those behind it overtake it; 0 for not at all
     * @param isDuplicated it arrives twice
     */
    record Fate(boolean isLost, long delayMs, boolean isDuplicated) {
        /** Delivered once and at once. */
        public static final Fate DELIVERED = new Fate(false, 0, false);

        /** Vanished. */
        public static final Fate LOST = new Fate(true, 0, false);
    }
}
