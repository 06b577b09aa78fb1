package io.openib.verbs.soft.arena;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is left of an arena in the process that made it. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class OwnArenaTest {
    private final ReferenceQueue<OwnArena> collected = new ReferenceQueue<>();

    private final Path folder;

    OwnArenaTest(@TempDir Path folder) {
        this.folder = folder;
    }

    /** A process that opens and closes devices all its life keeps none of their arenas. */
    @Test
    void shouldBeHeldByNothingOnceItIsClosed() throws IOException, InterruptedException {
        PhantomReference<OwnArena> arena = new PhantomReference<>(closed(), collected);
        Object gone = null;
        for (int look = 0; gone == null && look < 200; look++) {
            System.gc();
            gone = collected.remove(100);
        }
        assertThat(gone).isSameAs(arena);
    }

    private OwnArena closed() throws IOException {
        ArenaHome home = ArenaHome.open(Files.createDirectories(folder.resolve("main")), folder, "");
        OwnArena arena = OwnArena.create(OwnArena.newId(), home, message -> {});
        arena.allocate(64, 64);
        assertThat(arena.folder()).exists();
        arena.close();
        assertThat(arena.folder()).doesNotExist();
        return arena;
    }
}
