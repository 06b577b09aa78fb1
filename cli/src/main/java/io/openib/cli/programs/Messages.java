package io.openib.cli.programs;

import io.openib.btl.Btl;
import io.openib.cli.output.UsageException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What the programs with checksummed messages have in common. */
final class Messages {
    private Messages() {}

    /** Refuses what cannot be sent. */
    static void check(int messages, int size) {
        if (messages < 1) {
            throw new UsageException("a count of " + messages + ": give at least 1");
        }
        if (size < Payload.HEADER_BYTES) {
            throw new UsageException("--size " + size + ": a message has at least " + Payload.HEADER_BYTES + " bytes");
        }
    }

    /** Refuses messages longer than the transport's. */
    static void checkFits(int size, Btl btl) {
        int most = btl.maxSendBytes();
        if (size > most) {
            throw new UsageException("--size " + ByteSize.text(size) + ": a message of " + size
                    + " bytes is too long; the transport's longest has " + most);
        }
    }

    /** Lengths that vary from message to message, so that each receive queue has its share. */
    static int length(int size, int number) {
        int shift = number % 4 * 2;
        return Math.max(Payload.HEADER_BYTES, size >>> shift);
    }

    /** What is wrong with a message that arrived, or null. */
    static @Nullable String problem(Payload payload, int peer, int rank, ByteBuffer data, int offset, int length) {
        if (!payload.isIntact(data, offset, length)) {
            return "rank " + rank + ": a message of " + length + " bytes from rank " + peer
                    + " is damaged: its checksum does not fit";
        }
        if (Payload.origin(data, offset) != peer || Payload.target(data, offset) != rank) {
            return "rank " + rank + ": a message from rank " + Payload.origin(data, offset) + " to rank "
                    + Payload.target(data, offset) + " came from rank " + peer;
        }
        return null;
    }
}
