package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.mca.McaException;
import io.openib.verbs.Finding;
import io.openib.verbs.Finding.Verdict;
import io.openib.verbs.soft.arena.ArenaHome;
import io.openib.verbs.soft.arena.OwnArena;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is told of shared memory before a job needs it. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SharedMemoryRoomTest {
    private final Path first;
    private final Path spare;

    SharedMemoryRoomTest(@TempDir Path folders) {
        first = folders.resolve("first");
        spare = folders.resolve("spare");
    }

    @BeforeEach
    void makeFolders() throws IOException {
        Files.createDirectory(first);
        Files.createDirectory(spare);
    }

    private Finding look() {
        return new SharedMemoryRoom(first, spare).folder();
    }

    private Path openToOthers(Path parent) throws IOException {
        Path folder = Files.createDirectory(parent.resolve(ArenaHome.userFolder()));
        return Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @Test
    void shouldNameTheFolderAndWhatIsFreeInIt() {
        assertThat(look().verdict()).isEqualTo(Verdict.OK);
        assertThat(look().evidence())
                .containsPattern(first.resolve(ArenaHome.userFolder()) + " with [1-9][0-9]* bytes free")
                .containsPattern(spare.resolve(ArenaHome.userFolder()) + " with [1-9][0-9]* bytes free");
    }

    @Test
    void shouldWarnWhereTheSpareFolderMustDo() throws IOException {
        Path open = openToOthers(first);
        assertThat(look().verdict()).isEqualTo(Verdict.WARNING);
        assertThat(look().evidence())
                .contains(open + " exists and is not a private folder", "used is " + spare, "bytes free");
    }

    @Test
    void shouldFailWhereNoFolderCanBeUsed() throws IOException {
        openToOthers(first);
        Path open = openToOthers(spare);
        assertThat(look().verdict()).isEqualTo(Verdict.FAILED);
        assertThat(look().evidence()).contains(open + " exists and is not a private folder");
        assertThat(look().remedy()).contains("soft_shm_dir");
    }

    @Test
    void shouldTellWhatARankTakesByTheExampleOfThisOne() {
        int bytes = 8 << 20;
        try (OwnArena arena = OwnArena.create(OwnArena.newId(), ArenaHome.open(first, spare, ""), message -> {})) {
            long before = arena.mainBytes();
            arena.allocate(bytes, 64);
            Finding finding = new SharedMemoryRoom(first, spare).use(arena);
            assertThat(finding.evidence())
                    .contains("a rank takes " + (before + bytes) + " bytes at its start")
                    .containsPattern("has room for [0-9]+ rank");
        }
    }

    @Test
    void shouldRefuseASpareFolderThatIsNone() {
        assertThat(SoftParameters.SHM_DIR.parse(spare.toString())).isEqualTo(spare.toString());
        assertThatThrownBy(() ->
                        SoftParameters.SHM_DIR.parse(spare.resolve("mistyped").toString()))
                .isInstanceOf(McaException.class)
                .hasMessageContaining("is no folder that is there");
        assertThatThrownBy(() -> SoftParameters.SHM_DIR.parse("tmp"))
                .isInstanceOf(McaException.class)
                .hasMessageContaining("is no absolute path");
    }

    @Test
    void shouldMakeNoFolderForTheUsersFolderToLieIn() {
        Path mistyped = spare.resolve("mistyped");
        assertThat(ArenaHome.whyUnusable(mistyped)).isPresent();
        assertThat(mistyped).doesNotExist();
    }
}
