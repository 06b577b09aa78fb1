package io.openib.btl.openib.fastpath;

/** What the fast path counts. */
public enum Counter {
    SENDS_INLINE("messages sent inline"),
    SENDS_COPIED("messages sent from a fragment"),
    SENDS_QUEUED("sends that had to wait for a connection, credits, a window or a slot"),
    BACK_PRESSURE("calls refused because too much was under way"),
    RECEIVES("messages delivered"),
    DROPPED_NO_HANDLER("messages dropped because nobody registered their tag"),
    DROPPED_NO_LANE("messages dropped because they came from no connected peer"),
    CREDIT_STALLS("sends that found no credit"),
    WINDOW_STALLS("sends that found the window of a shared queue full"),
    SLOT_STALLS("sends that found the send queue full"),
    CREDIT_MESSAGES("messages sent for no other purpose than to return credits"),
    SEEN_MESSAGES("messages sent for no other purpose than to report credit messages as seen"),
    SHARED_GROWTHS("times that a shared receive queue got more receives"),
    KEEPALIVES("zero-byte writes posted to silent peers"),
    PUTS("writes posted to peers' memory"),
    GETS("reads posted from peers' memory"),
    CALLBACK_FAILURES("callbacks that threw"),
    LANE_ERRORS("connections lost");

    private final String meaning;

    Counter(String meaning) {
        this.meaning = meaning;
    }

    /** For people. */
    public String meaning() {
        return meaning;
    }
}
