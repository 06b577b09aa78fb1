package io.openib.cli.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 10, unit = TimeUnit.SECONDS)
class JobFolderTest {
    private static Path file(Path path) throws IOException {
        Files.createDirectories(path.getParent());
        return Files.writeString(path, "x");
    }

    @Test
    void shouldRemoveWhatTheJobLeftAndNothingElse(@TempDir Path top) throws IOException {
        Path first = top.resolve("first");
        Path second = top.resolve("second");
        Path ours = file(first.resolve("openib-me/job-j1/a-1/queue"));
        file(second.resolve("openib-me/job-j1/a-1/slab"));
        Path otherJob = file(first.resolve("openib-me/job-j2/a-2/queue"));
        Path foreign = file(first.resolve("elsewhere/job-j1/file"));
        Path target = file(top.resolve("target/file"));
        Files.createSymbolicLink(ours.resolveSibling("link"), target.getParent());

        JobFolder folder = new JobFolder(List.of(first, second, top.resolve("missing")), "j1");
        folder.remove();

        assertThat(folder.environment()).containsEntry("OMPI_MCA_soft_job", "job-j1");
        assertThat(first.resolve("openib-me/job-j1")).doesNotExist();
        assertThat(second.resolve("openib-me/job-j1")).doesNotExist();
        assertThat(otherJob).exists();
        assertThat(foreign).exists();
        assertThat(target).exists();
    }
}
