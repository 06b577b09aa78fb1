package io.openib.verbs.soft.arena;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folders in which a user's arenas lie: {@code openib-USER} (mode 0700) under the shared-memory folder, and a second one
 * for what does not fit there. One folder an arena, {@code a-ID}; a job's launcher may put a folder of its own between.
 *
 * @param main where peers look first
 * @param spare where memory goes when there is no room in the first; may be the same
 */
public record ArenaHome(Path main, Path spare) {
    private static final Logger LOG = LoggerFactory.getLogger(ArenaHome.class);
    private static final String PREFIX = "a-";
    private static final String NASCENT = "new-";
    private static final String LOCK = "lock";
    private static final String PROBE = "own-";
    /** Those of which it has been said that they cannot be used. */
    private static final Set<Path> TOLD = ConcurrentHashMap.newKeySet();

    /**
     * Finds or makes the user's folders.
     *
     * @param shared usually {@code /dev/shm}
     * @param spare the second choice
     * @param job a folder below, or empty
     * @throws NoRoomException when neither can be used
     */
    public static ArenaHome open(Path shared, Path spare, String job) {
        ArenaHome home = new ArenaHome(
                prepareOne(shared, spare, job), spare.resolve(userFolder()).resolve(job));
        home.sweep(!job.isEmpty());
        return home;
    }

    private static Path prepareOne(Path shared, Path spare, String job) {
        try {
            return prepare(shared, job);
        } catch (IOException e) {
            if (TOLD.add(shared)) { // once, however many devices the process opens
                LOG.warn("soft: {} cannot be used ({}); using {}, which may be slower", shared, e.toString(), spare);
            }
        }
        try {
            return prepare(spare, job);
        } catch (IOException e) {
            throw new NoRoomException(
                    "no folder for shared memory: neither " + shared + " nor " + spare + " can be used ("
                            + e.getMessage() + "); set soft_shm_dir to a folder that can",
                    e);
        }
    }

    /** The name of a user's folder. */
    public static String userFolder() {
        String name = System.getProperty("user.name");
        // Java's answer for a user who has no name, as in many containers.
        return "openib-" + (name.equals("?") ? ownUid() : name.replaceAll("[^A-Za-z0-9_.-]", "_"));
    }

    private static String ownUid() {
        try {
            return String.valueOf(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        } catch (IOException e) {
            return "nameless";
        }
    }

    private static Path prepare(Path parent, String job) throws IOException {
        Path folder = privateFolder(parent.resolve(userFolder()));
        return job.isEmpty() ? folder : privateFolder(folder.resolve(job));
    }

    /**
     * Looks at a folder and the user's below it, as a process will that needs it; makes nothing that stays.
     *
     * @return why it cannot be used; empty if it can
     */
    public static Optional<String> whyUnusable(Path parent) {
        if (!Files.exists(parent.resolve(userFolder()), LinkOption.NOFOLLOW_LINKS)) {
            return Files.isDirectory(parent) && Files.isWritable(parent)
                    ? Optional.empty()
                    : Optional.of(parent + " is no folder that this user may write to");
        }
        try {
            prepare(parent, "");
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(e.toString());
        }
    }

    /** Makes a folder in one that must be there: who names a folder that is none has made a mistake. */
    private static Path privateFolder(Path folder) throws IOException {
        var mode = PosixFilePermissions.fromString("rwx------");
        try {
            Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(mode));
        } catch (FileAlreadyExistsException e) {
            LOG.trace("soft: {} is there", folder, e);
        }
        if (Files.isSymbolicLink(folder)
                || !Files.getPosixFilePermissions(folder).equals(mode)
                || !isOwn(folder)) {
            throw new IOException(folder + " exists and is not a private folder (mode 0700) of this user");
        }
        return folder;
    }

    /** Whether this process's user has the folder: what it makes there belongs to the same. */
    private static boolean isOwn(Path folder) throws IOException {
        Path probe = Files.createTempFile(folder, PROBE, "");
        try {
            return Files.getOwner(probe).equals(Files.getOwner(folder));
        } finally {
            Files.deleteIfExists(probe);
        }
    }

    /** Makes the first folder once more where it has gone as one of a job that nobody was in. */
    void makeMain() throws IOException {
        privateFolder(main);
    }

    /** Makes the spare folder of an arena, private as the first one is. */
    Path makeSpareFolder(long id) throws IOException {
        Path aboveJob = spare.getParent();
        if (aboveJob != null && aboveJob.endsWith(userFolder())) {
            privateFolder(aboveJob);
        }
        privateFolder(spare);
        return Files.createDirectories(spareFolder(id));
    }

    /** The folder of an arena. */
    Path folder(long id) {
        return main.resolve(PREFIX + String.format("%014x", id));
    }

    /** Where the folder of a peer's arena may be, the likelier first. */
    List<Path> folders(long id) {
        return List.of(folder(id), spareFolder(id));
    }

    /** Whether an arena has its folder here, be its process alive or not. */
    public boolean isThere(long id) {
        return folders(id).stream().anyMatch(Files::isDirectory);
    }

    /** Removes the folder of an arena whose process is dead, with what leads to it, if it has not gone already. */
    public void remove(long id) {
        for (Path folder : folders(id)) {
            Path root = folder.getParent();
            if (root != null && Files.isDirectory(folder)) {
                sweepIfAbandoned(root, folder);
            }
        }
    }

    /** Bytes of the file system that arenas lie in; 0 when it cannot be told. */
    public long totalBytes() {
        try {
            return Files.getFileStore(main).getTotalSpace();
        } catch (IOException e) {
            return 0;
        }
    }

    /** Where an arena is made before its lock is held, so that nobody takes it for an abandoned one. */
    static Path nascent(Path folder) {
        return folder.resolveSibling(NASCENT + folder.getFileName());
    }

    Path spareFolder(long id) {
        return spare.resolve(PREFIX + String.format("%014x", id));
    }

    static Path lockFile(Path folder) {
        return folder.resolve(LOCK);
    }

    /** How many bytes are free where a path lies or would lie; -1 when it cannot be told. */
    public static long freeBytes(Path path) {
        Path present = path.toAbsolutePath();
        while (!Files.exists(present) && present.getParent() != null) {
            present = present.getParent();
        }
        try {
            FileStore store = Files.getFileStore(present);
            return store.getUsableSpace();
        } catch (IOException e) {
            return -1;
        }
    }

    /**
     * Removes what killed processes of this user left, of other jobs as well: the folders whose lock nobody holds. What cannot be
     * removed stays for the next one: others sweep at the same time, and nobody's choice of a folder may depend on it.
     */
    private void sweep(boolean isOfAJob) {
        for (Path folder : List.of(main, spare)) {
            Path root = isOfAJob ? Objects.requireNonNull(folder.getParent()) : folder;
            if (Files.isDirectory(root)) {
                sweep(root);
            }
        }
    }

    private static void sweep(Path root) {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(root)) {
            for (Path folder : folders) {
                sweepOne(root, folder);
            }
        } catch (IOException | DirectoryIteratorException e) {
            LOG.trace("soft: {} cannot be looked through", root, e);
        }
    }

    private static void sweepOne(Path root, Path folder) {
        String name = folder.getFileName().toString();
        boolean isArena = name.startsWith(PREFIX) || (name.startsWith(NASCENT) && isOld(folder));
        if (isArena && !OwnArena.isOpen(folder)) {
            sweepIfAbandoned(root, folder);
        } else if (name.startsWith("job-") && Files.isDirectory(folder)) {
            sweep(folder);
            deleteIfStale(folder);
        } else if (name.startsWith(PROBE)) {
            deleteIfStale(folder);
        }
    }

    /**
     * A job's folder goes when it is empty and old enough that its launcher cannot be about to use it; and so does the probe
     * of a process that was killed as it looked whose the folder is.
     */
    private static void deleteIfStale(Path folder) {
        try {
            if (isOld(folder)) {
                Files.deleteIfExists(folder);
            }
        } catch (IOException e) {
            LOG.trace("soft: {} is in use", folder, e);
        }
    }

    private static boolean isOld(Path folder) {
        return System.currentTimeMillis() - folder.toFile().lastModified() > 60_000;
    }

    /** Holds the lock while it deletes, so that nobody else is about to delete the same. */
    private static void sweepIfAbandoned(Path root, Path folder) {
        try (FileChannel channel = FileChannel.open(lockFile(folder), StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            if (lock != null) {
                deleteLinksTo(root, folder);
                ArenaFiles.deleteTree(folder);
            }
        } catch (NoSuchFileException e) {
            deleteIfOrphaned(folder);
        } catch (IOException | DirectoryIteratorException | OverlappingFileLockException e) {
            LOG.trace("soft: {} is not abandoned", folder, e);
        }
    }

    /** A folder whose lock has gone was being deleted when its deleter was killed, or somebody lent something to it. */
    private static void deleteIfOrphaned(Path folder) {
        if (isOld(folder)) {
            ArenaFiles.deleteTree(folder);
        }
    }

    /** Local identifiers are links to the arena that has them. */
    private static void deleteLinksTo(Path root, Path folder) throws IOException {
        try (DirectoryStream<Path> links = Files.newDirectoryStream(root, "lid-*")) {
            for (Path link : links) {
                if (Files.isSymbolicLink(link) && Files.readSymbolicLink(link).equals(folder)) {
                    Files.deleteIfExists(link);
                }
            }
        }
    }
}
