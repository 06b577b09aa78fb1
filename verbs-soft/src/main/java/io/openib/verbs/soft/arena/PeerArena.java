package io.openib.verbs.soft.arena;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The arena of another process of this host, mapped as far as it was looked at. */
public final class PeerArena extends ArenaView {
    private static final int MOST_DISCONNECTIONS = 8;

    private final OwnArena own;
    private final Path folder;
    /** Null for an arena of this process: to close any descriptor of a locked file ends the process's own lock. */
    private final @Nullable FileChannel lock;

    private final Consumer<PeerArena> watcher;
    private final ByteBuffer header;
    private volatile int attachNumber;
    private final Set<Long> unrung = new LinkedHashSet<>();
    private @Nullable SocketChannel doorbell;
    private int disconnections;

    private PeerArena(long id, OwnArena own, Path folder, ByteBuffer header, Consumer<PeerArena> watcher)
            throws IOException {
        super(id);
        this.own = own;
        this.watcher = watcher;
        this.lock =
                OwnArena.isOpen(folder) ? null : FileChannel.open(ArenaHome.lockFile(folder), StandardOpenOption.WRITE);
        this.folder = folder;
        this.header = header;
        keep(0, header);
        this.attachNumber = Attachments.enter(header, own.id());
    }

    /**
     * Maps a peer's arena.
     *
     * @param own the arena of this process
     * @param watcher told when the connection to its doorbell is to be made, and watched, once more
     * @return null when there is none of this id in the folders
     */
    public static @Nullable PeerArena open(OwnArena own, long id, Consumer<PeerArena> watcher) {
        for (Path folder : own.home().folders(id)) {
            if (Files.isDirectory(folder)) {
                try {
                    ByteBuffer header = ArenaFiles.open(ArenaFiles.segment(folder, 0));
                    if (Words.getLongAcquire(header, ArenaLayout.MAGIC_OFFSET) != ArenaLayout.MAGIC) {
                        return null;
                    }
                    return new PeerArena(id, own, folder, header, watcher);
                } catch (IOException e) {
                    return null;
                }
            }
        }
        return null;
    }

    /** Whether the process of an arena lives, without a look at its memory. One that has no folder does not. */
    public static boolean isAlive(ArenaHome home, long id) {
        return home.folders(id).stream().anyMatch(folder -> isArena(folder) && isLocked(folder));
    }

    /** Else it is what a peer, whose arena is not to be seen from here, has in the spare folder for want of room. */
    private static boolean isArena(Path folder) {
        return Files.exists(ArenaFiles.segment(folder, 0));
    }

    private static boolean isLocked(Path folder) {
        if (OwnArena.isOpen(folder)) {
            return true;
        }
        try (FileChannel lock = FileChannel.open(ArenaHome.lockFile(folder), StandardOpenOption.WRITE);
                FileLock free = lock.tryLock()) {
            return free == null;
        } catch (OverlappingFileLockException e) {
            return true; // this process looks at the same lock elsewhere just now
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            return true; // it cannot be told, for example for want of descriptors: nobody is buried for that
        }
    }

    /** Where its files are. */
    Path folder() {
        return folder;
    }

    /** By which number the owner knows this process, from 1; 0 when its table was full. */
    public int attachNumber() {
        return attachNumber;
    }

    /**
     * Tries again to enter this process at the owner, whose table was full, and has the owner look who in it is dead.
     *
     * @return whether it is entered now
     */
    public boolean attach() {
        if (attachNumber == 0) {
            attachNumber = Attachments.enter(header, own.id());
            if (attachNumber == 0) {
                ring(Doorbell.message(Doorbell.CROWDED, 0));
            }
        }
        return attachNumber != 0;
    }

    @Override
    @Nullable
    ByteBuffer load(int index) {
        if (index < 0) {
            return null;
        }
        try {
            ByteBuffer memory = ArenaFiles.open(ArenaFiles.segment(folder, index));
            keep(index, memory);
            dropGone();
            return memory;
        } catch (IOException e) {
            // Its files go with its process; what it has lent stays.
            ByteBuffer lent = own.lent(id(), index);
            if (lent != null) {
                keep(index, lent);
            }
            return lent;
        }
    }

    /**
     * Who gives memory back takes other memory, as a rule, so this is the moment to look. The segments of a process that ends go
     * as well, the first of them first; those must stay, for what is still to be read there.
     */
    private void dropGone() {
        drop(
                index -> Files.notExists(ArenaFiles.segment(folder, index)),
                () -> Files.exists(ArenaFiles.segment(folder, 0)) && isAlive());
    }

    @Override
    public boolean isLost(int index) {
        return Files.notExists(ArenaFiles.segment(folder, index)) && !own.hasLent(id(), index);
    }

    @Override
    public synchronized boolean isAlive() {
        if (!isKnownDead() && isLockFree()) {
            learnDeath();
        }
        return !isKnownDead();
    }

    private boolean isLockFree() {
        FileChannel channel = lock;
        if (channel == null) {
            return !OwnArena.isOpen(folder);
        }
        try (FileLock free = channel.tryLock()) {
            return free != null;
        } catch (OverlappingFileLockException e) {
            return false; // this process looks at the same lock elsewhere just now
        } catch (ClosedChannelException e) {
            return true; // nobody looks at it any more
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Connects to the owner's doorbell. The connection ends with the owner's process, so whoever watches it learns of a
     * death at once.
     *
     * <p>Never waits: the owner may have been stopped while many wanted to connect.
     *
     * @return null when that fails: the owner is dead, or about to be, or this process cannot connect just now
     */
    public synchronized @Nullable SocketChannel connect() {
        if (doorbell == null) {
            try {
                doorbell = Uninterrupted.call(this::dial);
            } catch (IOException e) {
                return null;
            }
        }
        return doorbell;
    }

    private SocketChannel dial() throws IOException {
        SocketChannel opened = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            opened.configureBlocking(false);
            if (!opened.connect(UnixDomainSocketAddress.of(Doorbell.socket(folder)))) {
                throw new IOException("the doorbell has no room for another connection");
            }
            return opened;
        } catch (IOException e) {
            opened.close();
            throw e;
        }
    }

    /** What finds the doorbell's socket full, or broken, waits for {@link #ringAgain}, which the watcher sees to. */
    @Override
    public synchronized void ring(long message) {
        if (!unrung.contains(message) && !isRung(message)) {
            unrung.add(message);
            watcher.accept(this);
        }
    }

    /** Rings what could not be rung yet; false when something is left. */
    public synchronized boolean ringAgain() {
        unrung.removeIf(this::isRung);
        return unrung.isEmpty();
    }

    private boolean isRung(long message) {
        SocketChannel open = connect();
        try {
            // What is written is written whole, since eight bytes divide the size of a full socket.
            return open != null
                    && Uninterrupted.call(() ->
                                    open.write(ByteBuffer.allocate(Long.BYTES).putLong(0, message)))
                            > 0;
        } catch (IOException e) {
            // Closed, it tells its watcher nothing more.
            closeDoorbell();
            return false;
        }
    }

    /**
     * The doorbell's connection ended: looks whether the owner has died.
     *
     * @return whether to connect again: neither to the dead, nor to an owner who lets go of it again and again
     */
    public synchronized boolean onDisconnected() {
        closeDoorbell();
        return isAlive() && ++disconnections < MOST_DISCONNECTIONS;
    }

    private void closeDoorbell() {
        SocketChannel open = doorbell;
        doorbell = null;
        try {
            if (open != null) {
                open.close();
            }
        } catch (IOException e) {
            return; // it was broken already
        }
    }

    /** Gives back what the view holds of the system; the mappings go with the view. */
    public synchronized void close() {
        closeDoorbell();
        try {
            if (lock != null) {
                lock.close();
            }
        } catch (IOException e) {
            learnDeath();
        }
    }

    /** Bytes that are mapped. They are given back when the collector finds that nobody uses them any more. */
    public long bytes() {
        return mappedBytes();
    }
}
