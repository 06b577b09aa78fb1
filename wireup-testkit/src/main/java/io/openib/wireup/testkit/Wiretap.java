package io.openib.wireup.testkit;

import io.openib.wireup.PeerContact;

/** Somebody on the way to a process, who records what goes there and can say it again. */
public interface Wiretap extends AutoCloseable {
    /** A contact that leads to the same process, past the one who listens. */
    PeerContact past(PeerContact contact);

    /** Says all again to the process, as it was said; returns how many bytes when the process has taken them. */
    long replay();

    @Override
    void close();
}
