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
    private final Path folder;
    private final FileChannel lock;
    private final int attachNumber;
    private @Nullable SocketChannel doorbell;

    private PeerArena(long id, Path folder, FileChannel lock, ByteBuffer header, long ownId) {
        super(id);
        this.folder = folder;
        this.lock = lock;
        keep(0, header);
        this.attachNumber = attach(header, ownId);
    }

    /**
     * Maps a peer's arena.
     *
     * @param ownId the arena of this process
     * @return null when there is none of this id in the folders
     */
    public static @Nullable PeerArena open(ArenaHome home, long id, long ownId) {
        for (Path folder : new Path[] {home.folder(id), home.spareFolder(id)}) {
            if (Files.isDirectory(folder)) {
                try {
                    ByteBuffer header = ArenaFiles.open(ArenaFiles.segment(folder, 0));
                    if (Words.getLongAcquire(header, ArenaLayout.MAGIC_OFFSET) != ArenaLayout.MAGIC) {
                        return null;
                    }
                    FileChannel lock = FileChannel.open(ArenaHome.lockFile(folder), StandardOpenOption.WRITE);
                    return new PeerArena(id, folder, lock, header, ownId);
                } catch (IOException e) {
                    return null;
                }
            }
        }
        return null;
    }

    private static int attach(ByteBuffer header, long ownId) {
        for (int slot = 0; slot < ArenaLayout.ATTACHED_SLOTS; slot++) {
            int offset = ArenaLayout.ATTACHED_OFFSET + slot * Long.BYTES;
            long holder = Words.getLongAcquire(header, offset);
            if (holder == ownId || (holder == 0 && Words.compareAndSetLong(header, offset, 0, ownId))) {
                return slot + 1;
            }
        }
        return 0;
    }

    /** The id of the arena with this attach number at an owner; 0 for none. */
    public static long attachedId(OwnArena owner, int attachNumber) {
        return Words.getLongAcquire(owner.memory(0), ArenaLayout.ATTACHED_OFFSET + (attachNumber - 1) * Long.BYTES);
    }

    /** By which number the owner knows this process, from 1; 0 when its table was full. */
    public int attachNumber() {
        return attachNumber;
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
            return null;
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

    /** The doorbell's connection ended: looks whether the owner has died. */
    public synchronized void onDisconnected() {
        closeDoorbell();
        if (isAlive() && connect() == null) {
            learnDeath();
        }
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
    synchronized void close() {
        closeDoorbell();
        try {
            lock.close();
        } catch (IOException e) {
            learnDeath();
        }
    }
}
