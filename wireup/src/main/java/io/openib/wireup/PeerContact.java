package io.openib.wireup;

import java.util.Arrays;

/**
 * What the modex says of a peer, as far as one scheme on one port needs it.
 *
 * @param name the peer
 * @param host where it runs, for people
 * @param configuration what it effectively runs with
 * @param blob what the same scheme published there as {@link WireupModule#contact()}; only that scheme reads it
 */
@SuppressWarnings("ArrayRecordComponent") // Equality is by content, below.
public record PeerContact(PeerName name, String host, EffectiveConfiguration configuration, byte[] blob) {
    public PeerContact {
        blob = blob.clone();
    }

    /** A fresh copy. */
    @Override
    public byte[] blob() {
        return blob.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PeerContact contact
                && contact.name.equals(name)
                && contact.host.equals(host)
                && contact.configuration.equals(configuration)
                && Arrays.equals(contact.blob, blob);
    }

    @Override
    public int hashCode() {
        return name.hashCode() * 31 + Arrays.hashCode(blob);
    }

    /** For people: {@code rank 3 on node7}. */
    @Override
    public String toString() {
        return name + " on " + host;
    }
}
