package io.openib.runtime;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Which ranks of the job share this rank's node, as far as the launcher told. Immutable. */
public final class Locality {

    /** Where a rank runs, seen from this one. */
    public enum Place {
        /** On this rank's node. */
        HERE,
        /** On another node. */
        ELSEWHERE,
        /** The launcher did not tell. */
        UNKNOWN
    }

    private final int rank;
    private final int @Nullable [] nodeOfRank;

    private Locality(int rank, int @Nullable [] nodeOfRank) {
        this.rank = rank;
        this.nodeOfRank = nodeOfRank;
    }

    /** A job of which every rank is known to run on this node. */
    public static Locality everyRankHere(int rank, int size) {
        return new Locality(rank, new int[size]);
    }

    static Locality unknown(int rank) {
        return new Locality(rank, null);
    }

    /** Takes the array over. */
    static Locality of(int rank, int[] nodeOfRank) {
        return new Locality(rank, nodeOfRank);
    }

    /** Whether the launcher told which rank is where. */
    public boolean isKnown() {
        return nodeOfRank != null;
    }

    /** Where a rank runs; this rank itself is always {@link Place#HERE}. */
    public Place placeOf(int peer) {
        if (peer == rank) {
            return Place.HERE;
        }
        if (nodeOfRank == null) {
            return Place.UNKNOWN;
        }
        return nodeOfRank[peer] == nodeOfRank[rank] ? Place.HERE : Place.ELSEWHERE;
    }

    /** Whether it is certain that every rank of the job runs on this node. */
    public boolean isEveryRankHere() {
        return nodeOfRank != null && Arrays.stream(nodeOfRank).allMatch(node -> node == nodeOfRank[rank]);
    }

    /** The ranks on this node in ascending order, this one among them; empty if unknown. */
    public Optional<List<Integer>> ranksHere() {
        if (nodeOfRank == null) {
            return Optional.empty();
        }
        return Optional.of(IntStream.range(0, nodeOfRank.length)
                .filter(peer -> placeOf(peer) == Place.HERE)
                .boxed()
                .toList());
    }

    @Override
    public String toString() {
        return ranksHere().map(here -> "ranks here: " + here).orElse("unknown");
    }
}
