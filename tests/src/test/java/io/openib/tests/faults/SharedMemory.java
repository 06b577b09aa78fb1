package io.openib.tests.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What jobs keep in shared memory. */
final class SharedMemory {
    private static final int DEPTH = 2;

    private SharedMemory() {}

    /** The folders of the job that a launcher has. */
    static List<Path> ofJob(long launcherPid) throws IOException {
        List<Path> folders = new ArrayList<>();
        for (String root : List.of("/dev/shm", System.getProperty("java.io.tmpdir"))) {
            if (!Files.isDirectory(Path.of(root))) {
                continue;
            }
            try (Stream<Path> found = Files.find(
                    Path.of(root),
                    DEPTH,
                    (path, attributes) -> path.getFileName() != null
                            && path.getFileName().toString().startsWith("job-openib_" + launcherPid + "_"))) {
                found.forEach(folders::add);
            }
        }
        return folders;
    }
}
