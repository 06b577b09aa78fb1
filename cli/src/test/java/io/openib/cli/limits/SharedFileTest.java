package io.openib.cli.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 10, unit = TimeUnit.SECONDS)
class SharedFileTest {
    private static final Path NO_FOLDER = Path.of("/dev/null");

    private final Path spare;

    SharedFileTest(@TempDir Path spare) {
        this.spare = spare;
    }

    @Test
    void shouldGoToTheSpareFolderWhereTheFirstCannotBeUsed() throws IOException {
        try (SharedFile file = SharedFile.create(List.of(NO_FOLDER, spare))) {
            assertThat(file.path()).hasParentRaw(spare).exists();
        }
        assertThat(spare).isEmptyDirectory();
    }

    @Test
    void shouldTellOfEachFolderWhereNoneCanBeUsed() {
        Path gone = spare.resolve("gone");
        assertThatThrownBy(() -> SharedFile.create(List.of(NO_FOLDER, gone)))
                .isInstanceOf(LimitsException.class)
                .hasMessageContaining(NO_FOLDER + " cannot hold ")
                .hasMessageContaining(gone + " cannot hold ")
                .hasMessageContaining("soft_shm_dir");
    }
}
