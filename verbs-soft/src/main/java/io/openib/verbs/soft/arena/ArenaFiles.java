package io.openib.verbs.soft.arena;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Files of segments: written out before they are mapped, never truncated, only unlinked. */
final class ArenaFiles {
    private static final int BLOCK_BYTES = 1 << 20;

    private ArenaFiles() {}

    static Path segment(Path folder, int index) {
        return folder.resolve("seg-" + index);
    }

    /** A segment of another arena, in the folder of the one that it was lent to. */
    static Path lent(Path folder, long lender, int index) {
        return folder.resolve(lentPrefix(lender) + index);
    }

    private static String lentPrefix(long lender) {
        return String.format("from-%014x-", lender);
    }

    /** Removes what an arena has lent to the one whose folder this is. */
    static void deleteLent(Path folder, long lender) {
        try (var paths = Files.newDirectoryStream(folder, lentPrefix(lender) + "*")) {
            for (Path path : paths) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | DirectoryIteratorException e) {
            return; // the folder has gone, or never was
        }
    }

    /**
     * Makes a file of zeros and maps it. A sparse one would throw InternalError at a later store when the file system is
     * full.
     *
     * @throws IOException when there is no room; nothing is left behind
     */
    static ByteBuffer create(Path file, int bytes) throws IOException {
        return Uninterrupted.call(() -> write(file, bytes));
    }

    private static ByteBuffer write(Path file, int bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer zeros = ByteBuffer.allocateDirect(Math.min(bytes, BLOCK_BYTES));
            for (int written = 0; written < bytes; ) {
                zeros.position(0).limit(Math.min(bytes - written, zeros.capacity()));
                written += channel.write(zeros, written);
            }
            return map(channel, bytes);
        } catch (IOException e) {
            Files.deleteIfExists(file);
            throw e;
        }
    }

    static ByteBuffer open(Path file) throws IOException {
        return Uninterrupted.call(() -> {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                return map(channel, channel.size());
            }
        });
    }

    private static ByteBuffer map(FileChannel channel, long bytes) throws IOException {
        return channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes).order(ByteOrder.nativeOrder());
    }

    /** The lock goes last: while it is there, others can tell that the folder is abandoned. */
    static void deleteTree(Path folder) {
        Path lock = ArenaHome.lockFile(folder);
        try (var paths = Files.newDirectoryStream(folder, path -> !path.equals(lock))) {
            for (Path path : paths) {
                Files.deleteIfExists(path);
            }
            Files.deleteIfExists(lock);
            Files.deleteIfExists(folder);
        } catch (IOException | DirectoryIteratorException e) {
            // Somebody else deletes it at the same time, or it is not ours: then it stays for them.
            return;
        }
    }
}
