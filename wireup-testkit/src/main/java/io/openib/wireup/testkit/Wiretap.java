package io.openib.wireup.testkit;

import io.openib.wireup.PeerContact;

/** Somebody on the way to a process, who records what goes there and can say it again. */
public interface Wiretap extends AutoCloseable {
    /** A contact that leads to the same process, past the one who listens. */
    PeerContact past(PeerContact contact);

    /**
     * Says all again, as it was said; returns how many bytes when the process has taken them.
     *
     * @param module to whom: who listened, or another module of the same process, to which what is not protected is led anew
     */
    long replay(PeerContact module);

    @Override
    void close();
}
