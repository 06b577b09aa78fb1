package io.openib.verbs.jna.elf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file read by parts. It is never mapped: whoever truncates it meanwhile would crash the reader too. */
final class ElfBytes implements AutoCloseable {
    /** More than any header or table of a library here; a length beyond it is nonsense, and not allocated. */
    private static final long MOST = 64L << 20;

    private final Path file;
    private final SeekableByteChannel channel;
    private final long size;

    ElfBytes(Path file) throws DamagedLibraryException {
        this.file = file;
        if (Files.isDirectory(file)) {
            throw new DamagedLibraryException(file, "is a folder, no library");
        }
        if (!Files.isRegularFile(file)) { // a pipe would wait for its writer
            throw new DamagedLibraryException(file, Files.exists(file) ? "is no regular file" : "is not there");
        }
        try {
            channel = Files.newByteChannel(file);
            size = channel.size();
        } catch (IOException e) {
            throw new DamagedLibraryException(
                    file, "cannot be read (" + e.getClass().getSimpleName() + ")");
        }
    }

    DamagedLibraryException damaged(String problem) {
        return new DamagedLibraryException(file, problem);
    }

    /** Throws unless the file has these bytes. */
    void require(String what, long offset, long length) throws DamagedLibraryException {
        if (offset < 0 || length < 0 || offset > size - length) {
            throw damaged("is truncated: its " + what + " is " + Long.toUnsignedString(length) + " bytes from byte "
                    + Long.toUnsignedString(offset) + ", and the file has " + size);
        }
    }

    /** The bytes, in the order of every processor whose layouts this module knows. */
    ByteBuffer read(String what, long offset, long length) throws DamagedLibraryException {
        require(what, offset, length);
        if (length > MOST) {
            throw damaged("makes no sense: its " + what + " is " + length + " bytes");
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) length).order(ByteOrder.LITTLE_ENDIAN);
        try {
            channel.position(offset);
            while (bytes.hasRemaining()) {
                if (channel.read(bytes) < 0) {
                    throw damaged("became shorter while it was read");
                }
            }
        } catch (IOException e) {
            throw damaged("cannot be read (" + e.getMessage() + ")");
        }
        return bytes.flip().order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
