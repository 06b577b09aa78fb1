package io.openib.cli.output;

import io.openib.btl.Btl;
import io.openib.mca.McaParameters;
import java.util.List;
import java.util.concurrent.Callable;

/** A picocli command that runs as a rank, and that its launcher can look at before there are ranks. */
public interface Program extends Callable<Integer> {
    /**
     * Refuses options that parse, but make no sense. Part of {@link #call} as well, for other launchers.
     *
     * @throws UsageException in one line
     */
    default void check() {}

    /** The parameters that it is given by options of its own: name, value, name, value ... */
    default List<String> mca() {
        return List.of();
    }

    /** Whether its ranks open a transport. */
    default boolean opensTransport() {
        return true;
    }

    /**
     * Refuses parameters that it cannot run with. Left to the ranks where they have components that their launcher has not.
     *
     * @param parameters the launcher's and {@linkplain #mca its own}
     * @throws io.openib.mca.McaException with everything that is wrong with them
     * @throws UsageException in one line
     */
    default void checkParameters(McaParameters parameters) {}

    /** Whether options ask for so much that not every transport will do: {@link #checkTransport} is to look at one. */
    default boolean asksMuchOfTransport() {
        return false;
    }

    /**
     * Refuses options that this transport cannot serve. Part of {@link #call} as well.
     *
     * @throws UsageException in one line
     */
    default void checkTransport(Btl btl) {}
}
