package io.openib.wireup.testkit;

/**
 * When an outcome was told, by the attempt's own deadline. What a machine adds on its own account, {@value DeadlineWatch#SLACK_MS}
 * ms, does not count.
 */
public enum Moment {
    /** Before half of the deadline: nobody has waited for it. */
    EARLY,
    /** Before the deadline. */
    IN_TIME,
    /** Before two deadlines, which is for those alone that a peer may hold half open. */
    IN_TWO,
    /** After all that is promised. */
    LATE
}
