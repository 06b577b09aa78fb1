package io.openib.wireup;

import io.openib.verbs.AddressVector;
import io.openib.verbs.Mtu;

/**
 * Where one queue pair of a set leads: what the two sides negotiated for it.
 *
 * @param addressVector the way to the peer's port
 * @param pathMtu the lesser of both sides
 * @param destQpNumber the peer's queue pair
 * @param rqPsn the first packet number that the peer sends with, 24 bits
 * @param sqPsn the first packet number that this side sends with, 24 bits
 * @param maxRdAtomic reads and atomics outstanding here: no more than the peer answers
 * @param maxDestRdAtomic reads and atomics of the peer answered here
 */
public record MemberPath(
        AddressVector addressVector,
        Mtu pathMtu,
        int destQpNumber,
        int rqPsn,
        int sqPsn,
        int maxRdAtomic,
        int maxDestRdAtomic) {}
