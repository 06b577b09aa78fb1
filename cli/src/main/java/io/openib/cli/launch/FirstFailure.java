package io.openib.cli.launch;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which rank of a job failed first. A rank that fails leaves the job and then takes a while to end, and those who are told
 * that it has left may be over before it: what counts is who was first to leave, or to end without leaving. By one thread.
 */
final class FirstFailure {
    private final Set<Integer> gone = new LinkedHashSet<>();
    private final Map<Integer, JobEvent.RankEnded> ends = new HashMap<>();

    /** A rank has left the job in order. */
    void onLeft(int rank) {
        gone.add(rank);
    }

    /** A rank's process has ended. */
    void onEnded(JobEvent.RankEnded ended) {
        gone.add(ended.rank());
        ends.put(ended.rank(), ended);
    }

    /** How it ended; empty while a rank that was gone before any that failed may still turn out to have failed. */
    Optional<JobEvent.RankEnded> known() {
        for (int rank : gone) {
            JobEvent.RankEnded end = ends.get(rank);
            if (end == null) {
                return Optional.empty();
            }
            if (end.status() != 0) {
                return Optional.of(end);
            }
        }
        return Optional.empty();
    }

    /** The same among those who have ended. */
    Optional<JobEvent.RankEnded> ofEnded() {
        return gone.stream()
                .filter(ends::containsKey)
                .map(ends::get)
                .filter(end -> end.status() != 0)
                .findFirst();
    }
}
