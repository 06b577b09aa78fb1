package io.openib.verbs.soft.arena;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Shared memory that has no room where it should lie. Folders are made full by refusing to make files in them. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ArenaRoomTest {
    private static final int BIG_BYTES = 6 << 20;

    private final Path folders;

    ArenaRoomTest(@TempDir Path folders) {
        this.folders = folders;
    }

    private ArenaHome home() {
        return ArenaHome.open(makeFolder("main"), makeFolder("spare"), "job-test");
    }

    private Path makeFolder(String name) {
        try {
            return Files.createDirectories(folders.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Everything within is full from so many bytes on. */
    private static ByteBuffer create(Path file, int bytes, Path full, int fromBytes) throws IOException {
        if (file.startsWith(full) && bytes >= fromBytes) {
            throw new IOException("No space left on device");
        }
        return ArenaFiles.create(file, bytes);
    }

    @Test
    void shouldMoveToTheSpareFolderWithAWarning() throws IOException {
        ArenaHome home = home();
        List<OwnArena> made = new ArrayList<>();
        String said = errorOutput(() -> {
            OwnArena arena = OwnArena.create(
                    OwnArena.newId(),
                    home,
                    message -> {},
                    (file, bytes) -> create(file, bytes, home.main(), BIG_BYTES));
            made.add(arena);
            shareThroughSpareFolder(home, arena);
        });
        assertThat(said)
                .contains(
                        "WARN",
                        "no room for " + BIG_BYTES + " bytes",
                        home.spare().toString());
        assertThat(Files.getPosixFilePermissions(home.spare())).hasSize(3);
        made.forEach(OwnArena::close);
        assertThat(files(home.main())).isEmpty();
        assertThat(files(home.spare())).isEmpty();
    }

    private static void shareThroughSpareFolder(ArenaHome home, OwnArena arena) {
        long address = arena.allocate(BIG_BYTES, ArenaLayout.LINE_BYTES);
        Words.putLongRelease(arena.memory(Address.segment(address)), Address.offset(address), 42);
        assertThat(ArenaFiles.segment(home.spareFolder(arena.id()), Address.segment(address)))
                .exists();
        try (OwnArena another = OwnArena.create(OwnArena.newId(), home, message -> {})) {
            PeerArena peer = Objects.requireNonNull(PeerArena.open(another, arena.id(), any -> {}));
            ByteBuffer seen = peer.memory(Address.segment(address));
            assertThat(Words.getLongAcquire(seen, Address.offset(address))).isEqualTo(42);
            peer.close();
        }
    }

    @Test
    void shouldSayInOneLineWhatIsNeededWhatIsFreeAndWhatToDo() throws IOException {
        ArenaHome home = home();
        try (OwnArena arena = OwnArena.create(
                OwnArena.newId(), home, message -> {}, (file, bytes) -> create(file, bytes, folders, BIG_BYTES))) {
            assertThatThrownBy(() -> arena.allocate(BIG_BYTES, ArenaLayout.LINE_BYTES))
                    .isInstanceOf(NoRoomException.class)
                    .message()
                    .doesNotContain("\n")
                    .contains(BIG_BYTES + " bytes needed")
                    .containsPattern("[1-9][0-9]* free in " + home.main())
                    .containsPattern("[1-9][0-9]* in " + home.spare())
                    .contains("soft_shm_dir");
            assertThat(arena.allocate(64, ArenaLayout.LINE_BYTES))
                    .as("what fits")
                    .isPositive();
        }
        assertThat(files(home.main())).isEmpty();
        assertThat(files(home.spare())).isEmpty();
    }

    @Test
    void shouldLeaveNothingWhenThereIsNoRoomToBegin() throws IOException {
        ArenaHome home = home();
        assertThatThrownBy(() -> OwnArena.create(
                        OwnArena.newId(), home, message -> {}, (file, bytes) -> create(file, bytes, folders, 1)))
                .isInstanceOf(NoRoomException.class)
                .hasMessageContaining("soft_shm_dir");
        assertThat(files(home.main())).isEmpty();
        assertThat(files(home.spare())).isEmpty();
    }

    @Test
    void shouldUseTheSpareFolderWhenTheFirstCannotBeUsed() throws IOException {
        Path notAFolder = Files.createFile(folders.resolve("file"));
        List<ArenaHome> opened = new ArrayList<>();
        String said = errorOutput(() -> opened.add(ArenaHome.open(notAFolder, makeFolder("spare"), "job-test")));
        assertThat(said).contains("WARN", notAFolder + " cannot be used");
        ArenaHome home = opened.get(0);
        assertThat(home.main()).startsWith(folders.resolve("spare"));
        try (OwnArena arena = OwnArena.create(OwnArena.newId(), home, message -> {})) {
            assertThat(arena.folder()).isDirectory();
        }
        assertThat(files(home.main())).isEmpty();
    }

    @Test
    void shouldSayWhatToDoWhenNoFolderCanBeUsed() throws IOException {
        Path notAFolder = Files.createFile(folders.resolve("file"));
        assertThatThrownBy(() -> ArenaHome.open(notAFolder, notAFolder, ""))
                .isInstanceOf(NoRoomException.class)
                .hasMessageContaining(notAFolder.toString())
                .hasMessageContaining("set soft_shm_dir");
    }

    private static List<Path> files(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    private static String errorOutput(Runnable action) {
        PrintStream before = System.err;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            action.run();
        } finally {
            System.setErr(before);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
