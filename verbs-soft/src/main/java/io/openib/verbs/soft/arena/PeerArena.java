package io.openib.verbs.soft.arena;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** The arena of another process of this host, mapped as far as it was looked at. */
public final class PeerArena extends ArenaView {
    private static final int MOST_DISCONNECTIONS = 8;

    private final OwnArena own;
    private final Path folder;
    private final FileChannel lock;
    private final ByteBuffer header;
    private volatile int attachNumber;
    private @Nullable SocketChannel doorbell;
    private int disconnections;

    private PeerArena(long id, OwnArena own, Path folder, FileChannel lock, ByteBuffer header) {
        super(id);
        this.own = own;
        this.folder = folder;
        this.lock = lock;
        this.header = header;
        keep(0, header);
        this.attachNumber = Attachments.enter(header, own.id());
    }

    /**
     * Maps a peer's arena.
     *
     * @param own the arena of this process
     * @return null when there is none of this id in the folders
     */
    public static @Nullable PeerArena open(OwnArena own, long id) {
        for (Path folder : own.home().folders(id)) {
            if (Files.isDirectory(folder)) {
                try {
                    ByteBuffer header = ArenaFiles.open(ArenaFiles.segment(folder, 0));
                    if (Words.getLongAcquire(header, ArenaLayout.MAGIC_OFFSET) != ArenaLayout.MAGIC) {
                        return null;
                    }
                    FileChannel lock = FileChannel.open(ArenaHome.lockFile(folder), StandardOpenOption.WRITE);
                    return new PeerArena(id, own, folder, lock, header);
                } catch (IOException e) {
                    return null;
                }
            }
        }
        return null;
    }

    /** Whether the process of an arena lives, without a look at its memory. One that has no folder does not. */
    public static boolean isAlive(ArenaHome home, long id) {
        return home.folders(id).stream().anyMatch(PeerArena::isLocked);
    }

    private static boolean isLocked(Path folder) {
        try (FileChannel lock = FileChannel.open(ArenaHome.lockFile(folder), StandardOpenOption.WRITE);
                FileLock free = lock.tryLock()) {
            return free == null;
        } catch (OverlappingFileLockException e) {
            return true; // this process looks at the same lock elsewhere just now
        } catch (IOException e) {
            return false; // it is not here
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

    @Override
    public synchronized boolean isAlive() {
        if (isKnownDead()) {
            return false;
        }
        try (FileLock free = lock.tryLock()) {
            if (free != null) {
                learnDeath();
            }
        } catch (OverlappingFileLockException e) {
            return true; // this process looks at the same lock elsewhere just now
        } catch (IOException e) {
            learnDeath();
        }
        return !isKnownDead();
    }

    /**
     * Connects to the owner's doorbell. The connection ends with the owner's process, so whoever watches it learns of a
     * death at once.
     *
     * @return null when the owner does not answer: then it is dead, or about to be
     */
    public synchronized @Nullable SocketChannel connect() {
        if (doorbell == null) {
            try {
                SocketChannel opened = SocketChannel.open(StandardProtocolFamily.UNIX);
                opened.connect(UnixDomainSocketAddress.of(Doorbell.socket(folder)));
                opened.configureBlocking(false);
                doorbell = opened;
            } catch (IOException e) {
                return null;
            }
        }
        return doorbell;
    }

    @Override
    public synchronized void ring(long message) {
        SocketChannel open = connect();
        try {
            if (open != null) {
                // A full pipe holds wake-ups enough; what is written is written whole, since eight bytes divide its
                // size.
                open.write(ByteBuffer.allocate(Long.BYTES).putLong(0, message));
            }
        } catch (IOException e) {
            closeDoorbell();
        }
    }

    /**
     * The doorbell's connection ended: looks whether the owner has died, and connects again if not. One that is dying may
     * still answer.
     *
     * @return whether the new connection is to be watched; not that of an owner who lets go of it again and again
     */
    public synchronized boolean onDisconnected() {
        closeDoorbell();
        if (isAlive() && connect() == null) {
            learnDeath();
        }
        return !isKnownDead() && ++disconnections < MOST_DISCONNECTIONS;
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
            lock.close();
        } catch (IOException e) {
            learnDeath();
        }
    }

    /** Bytes that are mapped. They are given back when the collector finds that nobody uses them any more. */
    public long bytes() {
        return mappedBytes();
    }
}
