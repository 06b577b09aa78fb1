package io.openib.cli.limits;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Memory that two processes share: two pages of flags, and two buffers to copy between. It is written out with zeros
 * before it is mapped, so that a full file system is an error here and not at some later store.
 */
final class SharedFile implements AutoCloseable {
    /** How much is copied at once. */
    static final int COPY_BYTES = 1 << 20;

    private static final int FLAG_BYTES = 8_192;
    private static final int BYTES = FLAG_BYTES + 2 * COPY_BYTES;

    private final Path path;
    private final MappedByteBuffer memory;
    private final boolean isOwner;

    private SharedFile(Path path, MappedByteBuffer memory, boolean isOwner) {
        this.path = path;
        this.memory = memory;
        this.isOwner = isOwner;
        memory.order(ByteOrder.nativeOrder());
    }

    /**
     * Makes it in the first folder that has room.
     *
     * @throws LimitsException if none has; with the reason of each
     */
    static SharedFile create(List<Path> folders) {
        List<String> reasons = new ArrayList<>();
        for (Path folder : folders) {
            try {
                return createIn(folder);
            } catch (IOException e) {
                reasons.add(folder + " cannot hold " + BYTES + " bytes ("
                        + (e instanceof FileSystemException ? e : e.getMessage()) + ")");
            }
        }
        throw new LimitsException(
                String.join(", ", reasons) + ": free some there, or set soft_shm_dir to a folder with room");
    }

    private static SharedFile createIn(Path folder) throws IOException {
        Path path = Files.createTempFile(folder, "openib-limits-", "");
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer zeros = ByteBuffer.allocate(BYTES);
            while (zeros.hasRemaining()) {
                channel.write(zeros);
            }
            return new SharedFile(path, channel.map(FileChannel.MapMode.READ_WRITE, 0, BYTES), true);
        } catch (IOException e) {
            Files.deleteIfExists(path);
            throw e;
        }
    }

    static SharedFile open(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return new SharedFile(path, channel.map(FileChannel.MapMode.READ_WRITE, 0, BYTES), false);
        }
    }

    Path path() {
        return path;
    }

    /** Two pages, the first written by rank 0, the second by rank 1. */
    ByteBuffer lines() {
        return memory.slice(0, FLAG_BYTES).order(ByteOrder.nativeOrder());
    }

    ByteBuffer source() {
        return memory.slice(FLAG_BYTES, COPY_BYTES);
    }

    ByteBuffer target() {
        return memory.slice(FLAG_BYTES + COPY_BYTES, COPY_BYTES);
    }

    /** Removes the name; the memory lives on while it is mapped. */
    void unlink() throws IOException {
        if (isOwner) {
            Files.deleteIfExists(path);
        }
    }

    @Override
    public void close() throws IOException {
        unlink();
    }
}
