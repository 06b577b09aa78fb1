package io.openib.mca;

import java.util.List;

/**
 * Everything that one place says.
 *
 * @param isShared whether Open MPI's own processes read the same place, so that names of others occur in it rightly
 * @param settings in the order in which they stand there
 * @param problems what could not be read
 */
record Source(boolean isShared, List<Setting> settings, List<Problem> problems) {
    Source {
        settings = List.copyOf(settings);
        problems = List.copyOf(problems);
    }
}
