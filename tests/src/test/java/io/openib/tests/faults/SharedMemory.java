package io.openib.tests.faults;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What jobs keep in shared memory. */
final class SharedMemory {
    private static final int DEPTH = 2;

    private SharedMemory() {}

    /** The folders of the job that a launcher has. */
    static List<Path> ofJob(long launcherPid) throws IOException {
        List<Path> folders = new ArrayList<>();
        for (String root : List.of("/dev/shm", System.getProperty("java.io.tmpdir"))) {
            Files.walkFileTree(Path.of(root), Set.of(), DEPTH, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                    return visitFile(folder, attributes);
                }

                @Override
                public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
                    note(path);
                    return FileVisitResult.CONTINUE;
                }

                private void note(Path path) {
                    if (path.getFileName().toString().startsWith("job-openib_" + launcherPid + "_")) {
                        folders.add(path);
                    }
                }

                /** Other tests' folders come and go, and other users' are closed; one of the job's that is closed is there. */
                @Override
                public FileVisitResult visitFileFailed(Path path, IOException failure) {
                    if (!(failure instanceof NoSuchFileException)) {
                        note(path);
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure) {
                    return FileVisitResult.CONTINUE;
                }
            });
        }
        return folders;
    }
}
