package io.openib.verbs.soft.arena;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The arena of this process: memory that its devices hand out and that peers map. Thread-safe. */
public final class OwnArena extends ArenaView implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OwnArena.class);
    /** By folder; what is still here when the process ends is removed by one shutdown hook. */
    private static final Map<Path, OwnArena> OPEN = new ConcurrentHashMap<>();

    private static final AtomicBoolean IS_SPARE_TOLD = new AtomicBoolean();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(OwnArena::removeAll, "openib-soft-cleanup"));
    }

    private static final int FIRST_SEGMENT_BYTES = 1 << 18;
    private static final int MAX_SHARED_SEGMENT_BYTES = 1 << 25;

    /** The most that one allocation can have. */
    public static final int MAX_BYTES = 1 << 30;

    private final ArenaHome home;
    private final Path folder;
    private final FileChannel lock;
    private @Nullable FileChannel spareLock;
    private final LongConsumer onRing;
    private final SegmentMaker maker;
    /** By segment. They go in this order. */
    private final SortedMap<Integer, Path> files = new TreeMap<>();

    private final FreeBlocks freeBlocks = new FreeBlocks();
    private final FreeSegments freeSegments = new FreeSegments();
    private int segments;
    private int currentSegment;
    private int currentOffset;
    private int currentEnd;
    private boolean isClosed;

    /** Makes and maps the file of a segment. */
    interface SegmentMaker {
        ByteBuffer create(Path file, int bytes) throws IOException;
    }

    private OwnArena(long id, ArenaHome home, Path folder, FileChannel lock, LongConsumer onRing, SegmentMaker maker) {
        super(id);
        this.home = home;
        this.folder = folder;
        this.lock = lock;
        this.onRing = onRing;
        this.maker = maker;
    }

    /** An id that no other process has, as far as chance allows: 7 bytes. */
    public static long newId() {
        return new SecureRandom().nextLong() >>> 8;
    }

    /**
     * Makes an arena.
     *
     * @param id from {@link #newId()}
     * @param onRing told of doorbells that this process rings at itself
     * @throws NoRoomException when there is no room for its first segment
     */
    public static OwnArena create(long id, ArenaHome home, LongConsumer onRing) {
        return create(id, home, onRing, ArenaFiles::create);
    }

    static OwnArena create(long id, ArenaHome home, LongConsumer onRing, SegmentMaker maker) {
        Path folder = home.folder(id);
        Path nascent = ArenaHome.nascent(folder);
        try {
            home.makeMain();
            Files.createDirectories(nascent);
            FileChannel lock = newLock(nascent, folder);
            Files.move(nascent, folder);
            OwnArena arena = new OwnArena(id, home, folder, lock, onRing, maker);
            OPEN.put(folder, arena);
            arena.begin();
            return arena;
        } catch (IOException e) {
            System.clearProperty(mark(folder));
            throw new NoRoomException("cannot make " + folder + ": " + e + "; see parameter soft_shm_dir", e);
        }
    }

    /** Makes a folder's lock and holds it; the folder may be about to get another name. */
    private static FileChannel newLock(Path nascent, Path folder) throws IOException {
        System.setProperty(mark(folder), "");
        try {
            FileChannel lock = FileChannel.open(
                    ArenaHome.lockFile(nascent), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            if (lock.tryLock() == null) {
                throw new IOException("the lock of a new arena is held by somebody else");
            }
            return lock;
        } catch (IOException e) {
            System.clearProperty(mark(folder));
            throw e;
        }
    }

    /**
     * Whether an arena of this process has a folder. Its lock file may not be opened again: the kernel frees the lock when any
     * descriptor of the file is closed. Another class loader's copy of this class has arenas of the same process, so it stands in
     * what all of them share.
     */
    static boolean isOpen(Path folder) {
        return System.getProperty(mark(folder)) != null;
    }

    private static String mark(Path folder) {
        return "io.openib.verbs.soft.arena." + folder;
    }

    /** Where its files and its doorbell are. */
    public Path folder() {
        return folder;
    }

    /** The user's folders. */
    public ArenaHome home() {
        return home;
    }

    private void begin() {
        try {
            writeHeader();
        } catch (NoRoomException e) {
            close();
            throw e;
        }
    }

    private void writeHeader() {
        newSharedSegment(1);
        ByteBuffer header = memory(0);
        currentOffset = ArenaLayout.FIRST_FREE_OFFSET;
        Words.putLong(header, ArenaLayout.ARENA_ID_OFFSET, id());
        Words.putLong(
                header, ArenaLayout.PROCESS_ID_OFFSET, ProcessHandle.current().pid());
        Words.putIntRelease(header, ArenaLayout.PORT_ACTIVE_OFFSET, 1);
        Words.putLongRelease(header, ArenaLayout.MAGIC_OFFSET, ArenaLayout.MAGIC);
    }

    /**
     * Zeroed memory. Sizes are rounded up to a power of two up to {@value FreeBlocks#MAX_SHARED_BYTES} bytes, above that to
     * pages.
     *
     * @param bytes 1 to {@link #MAX_BYTES}
     * @param align a power of two up to 4096
     * @throws NoRoomException when there is no room
     */
    public synchronized long allocate(int bytes, int align) {
        if (isClosed) {
            throw new IllegalStateException("the arena is closed");
        }
        if (bytes > FreeBlocks.MAX_SHARED_BYTES) {
            return ownSegment(bytes + 4095 & -4096);
        }
        int size = FreeBlocks.roundUp(Math.max(bytes, align));
        long reused = freeBlocks.take(size);
        if (reused != 0) {
            clear(reused, size);
            return reused;
        }
        int start = currentOffset + align - 1 & -align;
        if (start + size > currentEnd) {
            newSharedSegment(size);
            start = currentOffset;
        }
        currentOffset = start + size;
        return Address.of(currentSegment, start);
    }

    private long ownSegment(int bytes) {
        int reused = freeSegments.take(bytes);
        if (reused < 0) {
            return Address.of(newSegment(bytes), 0);
        }
        clear(Address.of(reused, 0), bytes);
        return Address.of(reused, 0);
    }

    /** Gives memory back; {@code bytes} is what was asked for. */
    public synchronized void free(long address, int bytes, int align) {
        if (isClosed) {
            return;
        }
        if (bytes > FreeBlocks.MAX_SHARED_BYTES) {
            int segment = Address.segment(address);
            giveBack(freeSegments.put(segment, memory(segment).capacity()));
        } else {
            freeBlocks.put(FreeBlocks.roundUp(Math.max(bytes, align)), address);
        }
    }

    /**
     * Lets a peer find a segment even when this process has ended and its files are gone: by a second name, in the peer's
     * folder. For what the peer must still read then. Where file systems differ there is no second name.
     */
    public void lend(int segment, ArenaView borrower) {
        Path file;
        synchronized (this) {
            file = files.get(segment);
        }
        if (file != null && borrower instanceof PeerArena peer) {
            boolean isLent = link(file, peer.folder(), segment) || link(file, home.spareFolder(peer.id()), segment);
            if (!isLent) {
                LOG.debug("soft: {} cannot be found by arena {} once this process has ended", file, peer.folder());
            }
        }
    }

    private boolean link(Path file, Path folderOfBorrower, int segment) {
        Path name = ArenaFiles.lent(folderOfBorrower, id(), segment);
        try {
            if (!Files.exists(name)) {
                Files.createLink(name, file);
            }
            return true;
        } catch (FileAlreadyExistsException e) {
            return true;
        } catch (IOException | UnsupportedOperationException e) {
            LOG.trace("soft: {} cannot be made", name, e);
            return false;
        }
    }

    /**
     * A segment that another arena has lent to this one.
     *
     * @return null when there is none
     */
    @Nullable
    ByteBuffer lent(long lender, int segment) {
        for (Path file : lentFiles(lender, segment)) {
            try {
                if (Files.exists(file)) {
                    return ArenaFiles.open(file);
                }
            } catch (IOException e) {
                LOG.debug("soft: mapping {}", file, e);
            }
        }
        return null;
    }

    /** Whether there is one, though perhaps it cannot be mapped just now. */
    boolean hasLent(long lender, int segment) {
        return lentFiles(lender, segment).stream().anyMatch(Files::exists);
    }

    private List<Path> lentFiles(long lender, int segment) {
        return List.of(
                ArenaFiles.lent(folder, lender, segment), ArenaFiles.lent(home.spareFolder(id()), lender, segment));
    }

    /** Gives back what another arena has lent: it is dead, and everything of it was read. */
    public void giveBackLent(long lender) {
        ArenaFiles.deleteLent(folder, lender);
        ArenaFiles.deleteLent(home.spareFolder(id()), lender);
    }

    private void newSharedSegment(int atLeast) {
        int grown = Math.min(MAX_SHARED_SEGMENT_BYTES, FIRST_SEGMENT_BYTES << Math.min(segments, 10));
        int bytes = Math.max(grown, FreeBlocks.roundUp(atLeast));
        currentSegment = newSegment(bytes);
        currentOffset = 0;
        currentEnd = bytes;
    }

    private int newSegment(int bytes) {
        int index = segments;
        ByteBuffer memory = createFile(index, bytes);
        segments++;
        keep(index, memory);
        return index;
    }

    private void giveBack(List<Integer> unused) {
        for (int segment : unused) {
            keep(segment, null);
            delete(files.remove(segment));
        }
    }

    private ByteBuffer createFile(int index, int bytes) {
        Path file = ArenaFiles.segment(folder, index);
        try {
            return createIn(file, index, bytes);
        } catch (IOException e) {
            List<Integer> unused = freeSegments.takeAll();
            if (unused.isEmpty()) {
                return createSpare(index, bytes, file, e);
            }
            giveBack(unused);
        }
        System.gc(); // their mappings go with what the collector finds, and the memory with the mappings
        try {
            return createIn(file, index, bytes);
        } catch (IOException e) {
            return createSpare(index, bytes, file, e);
        }
    }

    private ByteBuffer createIn(Path file, int index, int bytes) throws IOException {
        ByteBuffer memory = maker.create(file, bytes);
        files.put(index, file);
        return memory;
    }

    private ByteBuffer createSpare(int index, int bytes, Path file, IOException cause) {
        Path spareFolder = home.spareFolder(id());
        long free = ArenaHome.freeBytes(folder);
        try {
            if (spareFolder.equals(folder)) {
                throw cause;
            }
            home.makeSpareFolder(id());
            if (spareLock == null) {
                spareLock = newLock(spareFolder, spareFolder);
            }
            Path spare = ArenaFiles.segment(spareFolder, index);
            ByteBuffer memory = maker.create(spare, bytes);
            Files.createSymbolicLink(file, spare);
            files.put(index, spare);
            tellOfSpare(bytes, free, spare);
            return memory;
        } catch (IOException e) {
            throw new NoRoomException(
                    "no room for shared memory: " + bytes + " bytes needed, " + free + " free in " + folder.getParent()
                            + " and " + ArenaHome.freeBytes(home.spare()) + " in " + home.spare()
                            + ", beside " + (mainBytes() + spareBytes()) + " that this process has"
                            + "; free some, or set soft_shm_dir to a folder with room",
                    e);
        }
    }

    /** Aloud once a process, whatever becomes of its arenas: what further segments do is no news. */
    private void tellOfSpare(int bytes, long free, Path spare) {
        if (IS_SPARE_TOLD.compareAndSet(false, true)) {
            LOG.warn(
                    "soft: no room for {} bytes in {} ({} free); using {}, and the like for more of this process",
                    bytes,
                    folder.getParent(),
                    free,
                    spare);
        } else {
            LOG.info("soft: no room for {} bytes in {} ({} free); using {}", bytes, folder.getParent(), free, spare);
        }
    }

    /** How many bytes its segments have that lie in the first folder. */
    public synchronized long mainBytes() {
        return bytes(false);
    }

    /** How many bytes its segments have that lie in the spare folder, for want of room in the first. */
    public synchronized long spareBytes() {
        return bytes(true);
    }

    private long bytes(boolean isSpare) {
        long bytes = 0;
        for (Map.Entry<Integer, Path> file : files.entrySet()) {
            boolean isInSpare = !file.getValue().startsWith(folder);
            bytes += isInSpare == isSpare ? memory(file.getKey()).capacity() : 0;
        }
        return bytes;
    }

    private void clear(long address, int bytes) {
        ByteBuffer memory = memory(Address.segment(address));
        int start = Address.offset(address);
        for (int offset = 0; offset < bytes; offset += Long.BYTES) {
            Words.putLong(memory, start + offset, 0);
        }
    }

    @Override
    @Nullable
    ByteBuffer load(int index) {
        return null;
    }

    @Override
    public boolean isLost(int index) {
        return false;
    }

    @Override
    public boolean isAlive() {
        return true;
    }

    @Override
    public void ring(long message) {
        onRing.accept(message);
    }

    /** Removes its files and gives its lock back: to peers it is dead from now on. A second call does nothing. */
    @Override
    public synchronized void close() {
        if (!isClosed) {
            isClosed = true;
            if (removeFiles()) {
                unlock();
            }
        }
    }

    /** The process ends, but its threads still run and may be at work on peers: the kernel frees the lock when it is over. */
    private static void removeAll() {
        List.copyOf(OPEN.values()).forEach(OwnArena::removeFiles);
    }

    /** Whether that was still to be done. */
    private boolean removeFiles() {
        boolean isFirst = OPEN.remove(folder) != null;
        if (isFirst) {
            System.clearProperty(mark(folder));
            System.clearProperty(mark(home.spareFolder(id())));
            files.values().forEach(OwnArena::delete);
            ArenaFiles.deleteTree(home.spareFolder(id()));
            ArenaFiles.deleteTree(folder);
        }
        return isFirst;
    }

    private void unlock() {
        unlock(lock);
        unlock(spareLock);
    }

    private static void unlock(@Nullable FileChannel held) {
        try {
            if (held != null) {
                held.close();
            }
        } catch (IOException e) {
            LOG.debug("soft: closing the lock of an arena", e);
        }
    }

    private static void delete(@Nullable Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            LOG.debug("soft: deleting {}", file, e);
        }
    }
}
