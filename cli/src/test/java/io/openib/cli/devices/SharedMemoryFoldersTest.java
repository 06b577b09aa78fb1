package io.openib.cli.devices;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.mca.McaParameters;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, unit = TimeUnit.SECONDS)
class SharedMemoryFoldersTest {
    @Test
    void shouldKnowTheSpareOneBesideParametersThatNobodyHasDeclaredYet() {
        McaParameters.Builder sources = McaParameters.builder()
                .commandLine("wireup_pigeon_depth", "3")
                .commandLine("soft_shm_dir", "/mnt/spare");
        assertThat(SharedMemoryFolders.preview(sources)).containsExactly(Path.of("/dev/shm"), Path.of("/mnt/spare"));
    }

    @Test
    void shouldTakeTheFolderOfTemporaryFilesWhereNobodySaysOne() {
        assertThat(SharedMemoryFolders.preview(McaParameters.builder()))
                .containsExactly(Path.of("/dev/shm"), Path.of(System.getProperty("java.io.tmpdir")));
    }
}
