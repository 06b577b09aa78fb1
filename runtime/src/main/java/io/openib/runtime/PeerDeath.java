package io.openib.runtime;

import java.util.Objects;

/**
 * A rank of this job ended before its time.
 *
 * @param rank its number
 * @param host the host it ran on
 * @param pid its process id, 0 if unknown
 * @param how how it ended, to follow its name in a sentence: {@code was killed by signal 9}
 */
public record PeerDeath(int rank, String host, long pid, String how) {

    /** Refuses negative ranks and process ids. */
    public PeerDeath {
        if (rank < 0 || pid < 0) {
            throw new IllegalArgumentException("rank " + rank + " and pid " + pid + " must not be negative");
        }
        Objects.requireNonNull(host);
        Objects.requireNonNull(how);
    }

    /** One clause for people: {@code rank 3 (host node7, pid 4711) was killed by signal 9}. */
    public String sentence() {
        String where = pid == 0 ? "host " + host : "host " + host + ", pid " + pid;
        return "rank " + rank + " (" + where + ") " + how;
    }
}
