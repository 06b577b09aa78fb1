package io.openib.cli.launch;

import java.util.Map;

/**
 * A job to run.
 *
 * @param size how many ranks
 * @param command what each of them runs
 * @param parameters MCA parameters of the command line, by name
 * @param isBound whether each rank gets a core of its own, if there are enough
 */
public record JobSpec(int size, RankCommand command, Map<String, String> parameters, boolean isBound) {
    /** The largest job on one machine. */
    public static final int MAX_SIZE = 4_096;

    /** Copies the parameters. */
    public JobSpec {
        parameters = Map.copyOf(parameters);
    }
}
