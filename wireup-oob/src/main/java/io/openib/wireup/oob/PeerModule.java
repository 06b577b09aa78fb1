package io.openib.wireup.oob;

import io.openib.wireup.HandshakeMessage;
import io.openib.wireup.PeerName;

/** One module of a peer, which has one for each of its ports: what a TCP connection leads to. */
record PeerModule(PeerName peer, int number) {
    /** That a message is from. */
    static PeerModule of(HandshakeMessage message) {
        return new PeerModule(message.source(), message.from());
    }
}
