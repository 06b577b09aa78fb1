package io.openib.mca;

import java.util.List;

/**
 * Everything that one place says.
 *
 * @param isShared whether Open MPI's own processes read the same place, so that names of others occur in it rightly
 * @param settings in the order in which they stand there
 * @param problems what could not be read
 * @param warnings what the user is told although the rest goes on
 */
record Source(boolean isShared, List<Setting> settings, List<Problem> problems, List<String> warnings) {
    Source {
        settings = List.copyOf(settings);
        problems = List.copyOf(problems);
        warnings = List.copyOf(warnings);
    }

    Source(boolean isShared, List<Setting> settings, List<Problem> problems) {
        this(isShared, settings, problems, List.of());
    }

    /** A place that cannot be looked at. */
    static Source unseen(String warning) {
        return new Source(true, List.of(), List.of(), List.of(warning));
    }
}
