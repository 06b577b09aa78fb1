package io.openib.wireup.testkit;

import io.openib.wireup.PeerContact;
import java.util.List;
import java.util.Set;

/** Somebody on the way to a process, who records what goes there, can say it again, or anything else, and can swallow it. */
public interface Wiretap extends AutoCloseable {
    /** Which way something goes. */
    enum Way {
        /** To who listens. */
        THERE,
        /** Back to who dialled. */
        BACK
    }

    /** A contact that leads to the same process, past the one who listens. */
    PeerContact past(PeerContact contact);

    /**
     * Says all again, as it was said; returns how many bytes when the process has taken them.
     *
     * @param module to whom: who listened, or another module of the same process, to which what is not protected is led anew
     */
    long replay(PeerContact module);

    /** What was said to the process so far, as it was said, for each time that somebody dialled. */
    List<byte[]> recordings();

    /** Says anything to who listens, as somebody who dials says it; returns when the process has taken it or hung up. */
    void say(PeerContact module, byte[] bytes);

    /** From now on nothing gets through on these ways, and on the others all does. */
    void swallow(Set<Way> ways);

    @Override
    void close();
}
