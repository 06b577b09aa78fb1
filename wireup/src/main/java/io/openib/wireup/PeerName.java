package io.openib.wireup;

import org.jspecify.annotations.Nullable;

/**
 * The name of a process within its job. Names are totally ordered, the same way in every process: the lower one wins
 * where a tie must be broken.
 *
 * @param rank its number in the job, from 0; four bytes, big-endian, on the wire
 */
public record PeerName(int rank) implements Comparable<PeerName> {
    public PeerName {
        if (rank < 0) {
            throw new IllegalArgumentException("a rank is not negative: " + rank);
        }
    }

    @Override
    public int compareTo(PeerName other) {
        return Integer.compare(rank, other.rank);
    }

    // Written out, as the compiler's own takes a cold process milliseconds.
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PeerName name && rank == name.rank;
    }

    @Override
    public int hashCode() {
        return rank;
    }

    /** For people: {@code rank 3}. */
    @Override
    public String toString() {
        return "rank " + rank;
    }
}
