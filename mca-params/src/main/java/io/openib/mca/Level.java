package io.openib.mca;

/** For whom a parameter is meant, in Open MPI's nine steps: the audience, then how much of it. */
public enum Level {
    /** What every user may want to set. */
    USER_BASIC(1),
    /** For users who look closer. */
    USER_DETAIL(2),
    /** All that a user could want. */
    USER_ALL(3),
    /** What everyone who tunes a site looks at first. */
    TUNER_BASIC(4),
    /** For those who tune with care. */
    TUNER_DETAIL(5),
    /** All that can be tuned. */
    TUNER_ALL(6),
    /** For developers of a message-passing library. */
    DEV_BASIC(7),
    /** For developers who look closer. */
    DEV_DETAIL(8),
    /** Everything there is. */
    DEV_ALL(9);

    private final int number;

    Level(int number) {
        this.number = number;
    }

    /** Open MPI's number of this level, 1 to 9. */
    public int number() {
        return number;
    }
}
