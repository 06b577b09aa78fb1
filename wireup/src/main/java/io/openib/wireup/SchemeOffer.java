package io.openib.wireup;

import java.util.Arrays;

/**
 * One scheme of a port, as the modex tells it.
 *
 * @param scheme the wireup's name
 * @param priority 0 to 255; see {@link WireupSelection}
 * @param blob {@link WireupModule#contact()}
 */
@SuppressWarnings("ArrayRecordComponent") // Equality is by content, below.
public record SchemeOffer(String scheme, int priority, byte[] blob) {
    public SchemeOffer {
        blob = blob.clone();
    }

    /** A fresh copy. */
    @Override
    public byte[] blob() {
        return blob.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SchemeOffer offer
                && offer.scheme.equals(scheme)
                && offer.priority == priority
                && Arrays.equals(offer.blob, blob);
    }

    @Override
    public int hashCode() {
        return scheme.hashCode() * 31 + Arrays.hashCode(blob);
    }
}
