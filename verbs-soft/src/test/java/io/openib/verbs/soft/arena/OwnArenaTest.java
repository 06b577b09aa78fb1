package io.openib.verbs.soft.arena;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.lang.reflect.Field;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
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

    /** Many containers run under a number that no name belongs to. */
    @Test
    void shouldGiveEachUserWithoutANameAFolderOfItsOwn() throws IOException {
        String name = System.setProperty("user.name", "?");
        try {
            assertThat(ArenaHome.userFolder()).isEqualTo("openib-" + Files.getAttribute(folder, "unix:uid"));
        } finally {
            System.setProperty("user.name", name);
        }
    }

    /** What was killed in the midst of deleting a folder, or lent something to it meanwhile, leaves one without a lock. */
    @Test
    void shouldRemoveAFolderWhoseLockHasGoneOnceItIsOld() throws IOException {
        Path shared = Files.createDirectories(folder.resolve("shared"));
        ArenaHome home = ArenaHome.open(shared, folder, "");
        Path left = Files.createDirectories(home.folder(OwnArena.newId()));
        Files.createFile(left.resolve("from-x-0"));
        ArenaHome.open(shared, folder, "");
        assertThat(left).as("it may be about to get its lock").exists();
        Files.setLastModifiedTime(left, FileTime.fromMillis(System.currentTimeMillis() - 3_600_000));
        ArenaHome.open(shared, folder, "");
        assertThat(left).doesNotExist();
    }

    /** A batch system kills launchers and ranks alike. */
    @Test
    void shouldRemoveWhatKilledJobsLeftAndThenTheirFolders() throws IOException {
        Path shared = Files.createDirectories(folder.resolve("shared"));
        ArenaHome dead = ArenaHome.open(shared, folder, "job-dead");
        Path left = Files.createDirectories(dead.folder(OwnArena.newId()));
        Files.createFile(left.resolve("seg-1"));
        FileTime longAgo = FileTime.fromMillis(System.currentTimeMillis() - 3_600_000);
        Files.setLastModifiedTime(left, longAgo);
        ArenaHome living = ArenaHome.open(shared, folder, "job-living");
        assertThat(left).doesNotExist();
        Files.setLastModifiedTime(dead.main(), longAgo);
        Files.setLastModifiedTime(living.main(), longAgo);
        ArenaHome.open(shared, folder, "job-next");
        assertThat(dead.main()).doesNotExist();
        assertThat(living.main())
                .as("it has no arena yet, nor did anybody see that it will")
                .doesNotExist();

        try (OwnArena arena = OwnArena.create(OwnArena.newId(), living, message -> {})) {
            assertThat(Files.getPosixFilePermissions(living.main()))
                    .isEqualTo(PosixFilePermissions.fromString("rwx------"));
            Files.setLastModifiedTime(arena.folder(), longAgo);
            Files.setLastModifiedTime(living.main(), longAgo);
            ArenaHome.open(shared, folder, "job-last");
            assertThat(arena.folder()).as("that of a living process").exists();
        }
    }

    private static OwnArena.SegmentMaker withoutRoomIn(Path shared) {
        return (file, bytes) -> {
            if (file.startsWith(shared) && bytes > FreeBlocks.MAX_SHARED_BYTES) {
                throw new IOException("No space left on device");
            }
            return ArenaFiles.create(file, bytes);
        };
    }

    /** Two containers may share the second folder only: such a peer is reached by the wire, if at all. */
    @Test
    void shouldNotTakeWhatLiesInTheSecondFolderForTheArena() throws IOException {
        Path shared = Files.createDirectories(folder.resolve("shared"));
        Path elsewhere = Files.createDirectories(folder.resolve("elsewhere"));
        Path spare = Files.createDirectories(folder.resolve("spare"));
        ArenaHome home = ArenaHome.open(shared, spare, "");
        try (OwnArena arena = OwnArena.create(OwnArena.newId(), home, message -> {}, withoutRoomIn(shared))) {
            arena.allocate(2 * FreeBlocks.MAX_SHARED_BYTES, 64);
            assertThat(ArenaHome.lockFile(home.spareFolder(arena.id()))).exists();
            assertThat(PeerArena.isAlive(home, arena.id())).isTrue();
            assertThat(PeerArena.isAlive(ArenaHome.open(elsewhere, spare, ""), arena.id()))
                    .isFalse();
        }
    }

    /** Without room in the first folder some of its memory lies in the second. */
    @Test
    void shouldLetOthersRemoveWhatAKilledProcessLeftInTheSecondFolder() throws Exception {
        Path shared = Files.createDirectories(folder.resolve("shared"));
        Path spare = Files.createDirectories(folder.resolve("spare"));
        ArenaHome home = ArenaHome.open(shared, spare, "");
        OwnArena arena = OwnArena.create(OwnArena.newId(), home, message -> {}, withoutRoomIn(shared));
        arena.allocate(2 * FreeBlocks.MAX_SHARED_BYTES, 4096);
        Path left = home.spareFolder(arena.id());
        ArenaHome.open(shared, spare, "");
        assertThat(left).as("that of a living process").exists();
        try (Copies copies = new Copies()) {
            assertThat(isSweptAfterAKill(arena, left, copies, shared, spare)).isTrue();
        }
    }

    /** The kernel lets go of both locks; the copy of the classes knows nothing of the arena, as another process would not. */
    private static boolean isSweptAfterAKill(OwnArena arena, Path left, Copies copies, Path shared, Path spare)
            throws Exception {
        for (String name : new String[] {"lock", "spareLock"}) {
            Field lock = OwnArena.class.getDeclaredField(name);
            lock.setAccessible(true);
            ((FileChannel) lock.get(arena)).close();
        }
        System.clearProperty("io.openib.verbs.soft.arena." + arena.folder());
        System.clearProperty("io.openib.verbs.soft.arena." + left);
        copies.loadClass(ArenaHome.class.getName())
                .getMethod("open", Path.class, Path.class, String.class)
                .invoke(null, shared, spare, "");
        boolean isSwept = !Files.exists(left) && !Files.exists(arena.folder());
        arena.close();
        return isSwept;
    }

    /** A component jar may bring a copy of its own; the kernel frees a file's lock when any descriptor of it is closed. */
    @Test
    void shouldKeepItsLockWhenACopyInAnotherClassLoaderLooksForIt() throws Exception {
        Path shared = Files.createDirectories(folder.resolve("shared"));
        ArenaHome home = ArenaHome.open(shared, folder, "");
        OwnArena arena = OwnArena.create(OwnArena.newId(), home, message -> {});
        try (Copies copies = new Copies()) {
            assertThat(isLockHeld(arena)).isTrue();
            Class<?> homes = copies.loadClass(ArenaHome.class.getName());
            assertThat(homes).isNotSameAs(ArenaHome.class);
            // This sweeps the folders of the dead, and then looks who lives.
            Object same = homes.getMethod("open", Path.class, Path.class, String.class)
                    .invoke(null, shared, folder, "");
            Object lives = copies.loadClass(PeerArena.class.getName())
                    .getMethod("isAlive", homes, long.class)
                    .invoke(null, same, arena.id());
            assertThat(lives).isEqualTo(true);
            assertThat(isLockHeld(arena)).isTrue();
        } finally {
            arena.close();
        }
        assertThat(System.getProperties().stringPropertyNames())
                .noneMatch(name -> name.contains(folder.toString()) && name.contains("arena"));
    }

    private static boolean isLockHeld(OwnArena arena) throws IOException {
        Object inode = Files.getAttribute(ArenaHome.lockFile(arena.folder()), "unix:ino");
        return Files.readString(Path.of("/proc/locks"))
                .lines()
                .anyMatch(line ->
                        line.contains(" " + ProcessHandle.current().pid() + " ") && line.contains(":" + inode + " "));
    }

    /** Makes the device's classes anew, of the same files. */
    private static final class Copies extends URLClassLoader {
        Copies() {
            super(
                    new URL[] {
                        OwnArena.class.getProtectionDomain().getCodeSource().getLocation()
                    },
                    OwnArena.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                boolean isCopied = name.startsWith("io.openib.verbs.soft.");
                if (!isCopied) {
                    return super.loadClass(name, resolve);
                }
                Class<?> known = findLoadedClass(name);
                return known == null ? findClass(name) : known;
            }
        }
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
