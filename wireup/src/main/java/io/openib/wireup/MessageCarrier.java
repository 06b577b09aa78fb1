package io.openib.wireup;

import org.jspecify.annotations.Nullable;

/**
 * Brings small messages to peers. It may lose, repeat, reorder and delay them; it must not block. Called on the control
 * thread. What arrives it decodes with {@link Handshakes#codec()} and hands to {@link Handshakes#onMessage}.
 */
public interface MessageCarrier {
    /**
     * Tells this module from every other one of its process's, of this scheme or another; a random number will do. Its contact
     * says it too, so that a message recorded on the way to one module is nothing to another.
     */
    int module();

    /** The {@link #module()} that a contact of a peer's says; anything where the contact cannot be read. */
    int module(PeerContact contact);

    /**
     * Sends a message if it can.
     *
     * @param peer to whom
     * @param module which of the peer's; a way to another one is none to it
     * @param contact how to reach that module if there is no way yet; null: only if there is a way already, one on which that
     *     module has sent something or something was sent to it by its contact
     * @param message at most {@link HandshakeCodec#MAX_BYTES}; not changed by anyone afterwards
     */
    void send(PeerName peer, int module, @Nullable PeerContact contact, byte[] message);

    /** Nothing more is expected from or for this module of a peer now: once what was sent is out, the way to it may be given up. */
    void finished(PeerName peer, int module);
}
