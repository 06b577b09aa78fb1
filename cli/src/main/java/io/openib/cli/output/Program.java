package io.openib.cli.output;

import java.util.concurrent.Callable;

/** A picocli command that runs as a rank, and that its launcher can look at before there are ranks. */
public interface Program extends Callable<Integer> {
    /**
     * Refuses options that parse, but make no sense. Part of {@link #call} as well, for other launchers.
     *
     * @throws UsageException in one line
     */
    default void check() {}

    /**
     * Refuses parameters that the program is given as options of its own. Left to the ranks where they have components that their
     * launcher has not.
     *
     * @throws io.openib.mca.McaException with everything that is wrong with them
     */
    default void checkParameters() {}
}
