package io.openib.verbs.jna;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RemovalWatchTest {
    @Test
    void shouldTellOnceThatTheDeviceGoes(@TempDir Path folder) throws Exception {
        Path entry = Files.createDirectory(folder.resolve("uverbs0"));
        RemovalWatch watch = new RemovalWatch(entry);
        assertThat(watch.isNews()).isFalse();
        Files.delete(entry);
        assertThat(watch.isNews()).isTrue();
        assertThat(watch.isNews()).isFalse();
    }

    @Test
    void shouldSayNothingWhereTheKernelHasSaidItItself(@TempDir Path folder) throws Exception {
        Path entry = Files.createDirectory(folder.resolve("uverbs0"));
        RemovalWatch watch = new RemovalWatch(entry);
        watch.stop();
        Files.delete(entry);
        assertThat(watch.isNews()).isFalse();
    }

    @Test
    void shouldConcludeNothingFromAnEntryThatWasNeverThere(@TempDir Path folder) {
        assertThat(new RemovalWatch(folder.resolve("uverbs7")).isNews()).isFalse();
    }
}
