package io.openib.cli.launch;

import io.openib.mca.McaEnvironment;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the ranks' software devices keep their shared memory: a folder of the job's own name in the user's folder
 * {@code openib-USER}, so that all of it can be removed when the job is over, whatever became of its ranks.
 */
final class JobFolder {
    private static final Logger LOG = LoggerFactory.getLogger(JobFolder.class);
    private static final String PARAMETER = "soft_job";
    private static final String USERS = "openib-*";

    private final List<Path> roots;
    private final String name;

    /**
     * Names the folder; the ranks make it.
     *
     * @param roots where the devices may put shared memory
     * @param jobId the job's name
     */
    JobFolder(List<Path> roots, String jobId) {
        this.roots = List.copyOf(roots);
        this.name = "job-" + jobId;
    }

    /** What tells the devices. */
    Map<String, String> environment() {
        return Map.of(McaEnvironment.PREFIX + PARAMETER, name);
    }

    /** Removes what the ranks left. */
    void remove() {
        for (Path root : roots) {
            try (DirectoryStream<Path> users = Files.newDirectoryStream(root, USERS)) {
                for (Path user : users) {
                    removeTree(user.resolve(name));
                }
            } catch (NoSuchFileException e) {
                // Nobody put anything there.
            } catch (IOException e) {
                LOG.warn("Shared memory of the job may be left below {}: {}", root, e.toString());
            }
        }
    }

    private static void removeTree(Path folder) throws IOException {
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) throws IOException {
                Files.deleteIfExists(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
