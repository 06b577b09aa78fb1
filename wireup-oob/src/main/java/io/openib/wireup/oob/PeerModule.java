package io.openib.wireup.oob;

import io.openib.wireup.HandshakeMessage;
import io.openib.wireup.PeerName;
import org.jspecify.annotations.Nullable;

/** One module of a peer, which has one for each of its ports: what a TCP connection leads to. */
record PeerModule(PeerName peer, int number) {
    /** That a message is from. */
    static PeerModule of(HandshakeMessage message) {
        return new PeerModule(message.source(), message.from());
    }

    // Written out, as the compiler's own takes a cold process milliseconds.
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PeerModule module && peer.equals(module.peer) && number == module.number;
    }

    @Override
    public int hashCode() {
        return 31 * peer.hashCode() + number;
    }
}
