package io.openib.verbs.soft;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The steps of a post at which a process can be made to stop dead, so that a test may kill it there. */
public enum FaultPoint {
    /** The operation is announced, nothing is touched yet. */
    ANNOUNCED,
    /** A shared receive is marked as claimed, the position to claim next still names it. */
    MARKED,
    /** A receive is claimed, nothing is written. */
    CLAIMED,
    /** The bytes are written, the completion is not. */
    WRITTEN,
    /** The completion's fields are written, but it is not visible. */
    FILLED,
    /** The completion is visible, the announcement still stands. */
    PUBLISHED,
    /** A message that is all in the ring is announced, nothing is written. */
    SHORT_BEGUN,
    /** One of several lines: one is written, the next is not. */
    SHORT_SPLIT,
    /** All its lines are written, but it is not visible. */
    SHORT_FILLED,
    /** It is visible, the announcement still stands. */
    SHORT_PUBLISHED,
    /** An inbox of a directory for datagrams has its claimer, whom the directory does not count yet. */
    INBOX_MARKED,
    /** The inbox is claimed and counted, but leads to no ring. */
    INBOX_CLAIMED,
    /** A datagram lies in its sender's memory, its completion is not written. */
    DATAGRAM_KEPT,
    /** Its completion's fields are written, but it is not visible. */
    DATAGRAM_FILLED,
    /** It is visible, its sender's memory is still to be read. */
    DATAGRAM_PUBLISHED;

    /** The name as the parameter {@code soft_fault_point} takes it. */
    public String parameterName() {
        return name().toLowerCase(Locale.ROOT);
    }

    static @Nullable String problemOf(String text) {
        return text.isEmpty() || (text.matches("[a-z_]+(:[1-9][0-9]{0,8})?") && named(text) != null)
                ? null
                : "it must be one of " + parameterNames() + ", with :N for the N-th passage";
    }

    static @Nullable FaultPoint named(String text) {
        String name = text.replaceFirst(":.*", "");
        return Arrays.stream(values())
                .filter(point -> point.parameterName().equals(name))
                .findFirst()
                .orElse(null);
    }

    static int passage(String text) {
        return text.contains(":") ? Integer.parseInt(text.replaceFirst(".*:", "")) : 1;
    }

    /** What {@code soft_fault_point} takes. */
    static List<String> parameterNames() {
        return Arrays.stream(values()).map(FaultPoint::parameterName).toList();
    }

    /** Stops the calling thread for ever; a line on standard error tells who waits where. */
    @SuppressWarnings("SystemOut") // a test reads it; the process does nothing more
    void stopHere() {
        System.err.println("soft_fault_point " + parameterName() + " reached by process "
                + ProcessHandle.current().pid());
        System.err.flush();
        while (true) {
            LockSupport.park(this);
        }
    }
}
