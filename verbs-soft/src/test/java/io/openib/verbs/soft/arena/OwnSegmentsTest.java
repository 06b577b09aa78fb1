package io.openib.verbs.soft.arena;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of large allocations that are given back. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class OwnSegmentsTest {
    private static final int PAGE = 4096;
    private static final int MIB = 1 << 20;
    private static final int LARGE = 8 * MIB;

    private final ArenaHome home;
    private OwnArena owner;
    private OwnArena reader;

    OwnSegmentsTest(@TempDir Path folder) throws IOException {
        home = ArenaHome.open(Files.createDirectories(folder.resolve("main")), folder, "");
        owner = OwnArena.create(OwnArena.newId(), home, message -> {});
        reader = OwnArena.create(OwnArena.newId(), home, message -> {});
    }

    @BeforeEach
    void useTheFirstSegment() {
        owner.allocate(PAGE, PAGE);
    }

    @AfterEach
    void close() {
        owner.close();
        reader.close();
    }

    private long files() throws IOException {
        try (Stream<Path> found = Files.list(owner.folder())) {
            return found.filter(file -> file.getFileName().toString().startsWith("seg-"))
                    .count();
        }
    }

    @Test
    void shouldUseThemAgainEmptied() throws IOException {
        long first = owner.allocate(LARGE, PAGE);
        long filesAtFirst = files();
        assertThat(filesAtFirst)
                .as("the names that are counted are those of segments")
                .isGreaterThan(1);
        for (int round = 0; round < 20; round++) {
            Words.putLong(owner.memory(Address.segment(first)), LARGE - Long.BYTES, 7);
            owner.free(first, LARGE, PAGE);
            int less = LARGE - round * 4 * 1024;
            long again = owner.allocate(less, PAGE);
            assertThat(again).isEqualTo(first);
            assertThat(Words.getLong(owner.memory(Address.segment(again)), less - Long.BYTES))
                    .isZero();
        }
        assertThat(files()).isEqualTo(filesAtFirst);
    }

    @Test
    void shouldNotWasteALargeOneOnASmallOne() {
        long large = owner.allocate(4 * LARGE, PAGE);
        owner.free(large, 4 * LARGE, PAGE);
        long small = owner.allocate(LARGE, PAGE);
        assertThat(small).isNotEqualTo(large);
        assertThat(owner.allocate(3 * LARGE, PAGE)).isEqualTo(large);
    }

    @Test
    void shouldBeGivenUpWhenThereIsNoRoom() {
        OwnArena small = OwnArena.create(OwnArena.newId(), home, message -> {}, (file, bytes) -> {
            boolean isSpare = !file.startsWith(home.folder(0).getParent());
            if (isSpare || bytesIn(requireNonNull(file.getParent())) + bytes > 8L * LARGE) {
                throw new IOException("No space left on device");
            }
            return ArenaFiles.create(file, bytes);
        });
        small.free(small.allocate(5 * LARGE, PAGE), 5 * LARGE, PAGE);
        long longer = small.allocate(5 * LARGE + PAGE, PAGE);
        small.free(longer, 5 * LARGE + PAGE, PAGE);
        small.free(small.allocate(7 * LARGE, PAGE), 7 * LARGE, PAGE);
        for (int i = 0; i < 4; i++) {
            assertThat(small.allocate(LARGE / 2, PAGE))
                    .as("a part of a common segment")
                    .isNotZero();
        }
        assertThatThrownBy(() -> small.allocate(8 * LARGE, PAGE)).isInstanceOf(NoRoomException.class);
        small.close();
    }

    private static long bytesIn(Path folder) throws IOException {
        try (Stream<Path> found = Files.list(folder)) {
            return found.mapToLong(file -> file.toFile().length()).sum();
        }
    }

    @Test
    void shouldKeepNoMoreThanSoMuch() throws IOException {
        int count = (int) (FreeSegments.KEPT_MOST_BYTES / LARGE) + 3;
        long[] all = new long[count];
        long filesAtFirst = files();
        for (int i = 0; i < count; i++) {
            all[i] = owner.allocate(LARGE, PAGE);
        }
        for (long one : all) {
            owner.free(one, LARGE, PAGE);
        }
        assertThat(files() - filesAtFirst).isEqualTo(FreeSegments.KEPT_MOST_BYTES / LARGE);
        assertThat(owner.segment(Address.segment(all[0])))
                .as("the longest unused")
                .isNull();
        assertThat(owner.segment(Address.segment(all[count - 1]))).isNotNull();
    }

    @Test
    void shouldBeLetGoOfByAPeerOnceTheyAreGivenBackToTheSystem() throws IOException {
        PeerArena peer = requireNonNull(PeerArena.open(reader, owner.id(), any -> {}));
        int tooLargeToKeep = (int) FreeSegments.KEPT_MOST_BYTES;
        long first = owner.allocate(LARGE, PAGE);
        assertThat(peer.segment(Address.segment(first))).isNotNull();
        long mapped = peer.bytes();
        owner.free(first, LARGE, PAGE);
        long large = owner.allocate(tooLargeToKeep, PAGE);
        owner.free(large, tooLargeToKeep, PAGE);
        long other = owner.allocate(2 * LARGE, PAGE);
        assertThat(peer.segment(Address.segment(other))).isNotNull();
        assertThat(peer.bytes()).isEqualTo(mapped + LARGE);
        peer.close();
    }

    @Test
    void shouldStayWithAPeerWhenTheirProcessEnds() throws IOException {
        PeerArena peer = requireNonNull(PeerArena.open(reader, owner.id(), any -> {}));
        long first = owner.allocate(LARGE, PAGE);
        assertThat(peer.segment(Address.segment(first))).isNotNull();
        long second = owner.allocate(LARGE, PAGE);
        Files.delete(ArenaFiles.segment(owner.folder(), 0));
        Files.delete(ArenaFiles.segment(owner.folder(), Address.segment(first)));
        assertThat(peer.segment(Address.segment(second))).isNotNull();
        assertThat(peer.segment(Address.segment(first))).isNotNull();
        peer.close();
    }
}
