package io.openib.verbs.testkit;

/** Where the peer of a suite's cases runs. */
public enum PeerPlacement {
    /** In the JVM of the test, on a context of its own. */
    SAME_PROCESS,
    /** In a JVM that the suite starts. */
    OTHER_PROCESS
}
