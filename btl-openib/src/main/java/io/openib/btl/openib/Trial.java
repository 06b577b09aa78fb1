package io.openib.btl.openib;

import io.openib.btl.openib.wire.Header;
import io.openib.btl.openib.wire.ReceiveQueue;
import io.openib.btl.openib.wire.ReceiveQueues;
import io.openib.verbs.AccessFlag;
import io.openib.verbs.MemoryRegion;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Whether a port can have the memory that the first connection needs, found out before it is offered to peers: whoever may
 * lock too little would fail with the first message, and another device could have carried it.
 */
final class Trial {
    private static final int PIECE = 1 << 20;

    private Trial() {}

    /**
     * Registers and gives back; only where registering locks memory.
     *
     * @throws io.openib.verbs.VerbsException if the device, or the limit of this process, refuses
     */
    static void register(OpenPort port, ReceiveQueues queues) {
        if (port.device().attributes().remoteAccessToUserMemory()) {
            registerAgainAndAgain(port, receiveBytes(queues));
        }
    }

    private static long receiveBytes(ReceiveQueues queues) {
        long bytes = 0;
        for (ReceiveQueue queue : queues.queues()) {
            int receives = queue.isShared() ? queue.rdInit() : queue.rdNum();
            bytes += (long) receives * (queue.sizeBytes() + Header.BYTES);
        }
        return bytes;
    }

    /** The same few pages: each registration counts. */
    private static void registerAgainAndAgain(OpenPort port, long bytes) {
        ByteBuffer some = ByteBuffer.allocateDirect((int) Math.min(bytes, PIECE));
        List<MemoryRegion> regions = new ArrayList<>();
        try {
            for (long left = bytes; left > 0; left -= some.capacity()) {
                regions.add(port.pd().register(some, Set.of(AccessFlag.LOCAL_WRITE)));
            }
        } finally {
            regions.forEach(MemoryRegion::close);
        }
    }
}
