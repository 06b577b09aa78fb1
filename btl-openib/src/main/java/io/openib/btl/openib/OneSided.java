package io.openib.btl.openib;

import io.openib.btl.BtlStatus;
import io.openib.btl.MemoryHandle;
import io.openib.btl.RegisteredMemory;
import io.openib.btl.openib.fastpath.Outbox;
import io.openib.verbs.MemoryRegion;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Put, get and atomics: finds the registrations that the device of the peer's link needs. Of the owner. */
final class OneSided {
    private final Links links;
    private final Memories memories;

    OneSided(Links links, Memories memories) {
        this.links = links;
        this.memories = memories;
    }

    /** Does it; bounds have been checked. */
    int run(Call call) {
        Link link = links.link(call.peer);
        int code = links.connect(link);
        Outbox outbox = link.outbox;
        OpenibModule module = link.module;
        if (code != BtlStatus.OK || outbox == null || module == null) {
            return code != BtlStatus.OK ? code : BtlStatus.NOT_CONNECTED;
        }
        RegisteredMemory memory = call.memory;
        MemoryRegion region =
                memory == null ? null : memories.region(memory, module.port().deviceNumber());
        if (memory != null && region == null) {
            return memories.refusal(memory);
        }
        MemoryHandle.Key key = key(Objects.requireNonNull(call.remote), link.remoteDevice());
        if (key == null || (call.isAtomic() && !link.hasAtomics())) {
            return BtlStatus.UNSUPPORTED;
        }
        if (region == null) {
            return bytes(call, Objects.requireNonNull(call.local), outbox, key);
        }
        return call.isAtomic() ? atomic(call, outbox, region, key) : rdma(call, outbox, region, key);
    }

    private static int rdma(Call call, Outbox outbox, MemoryRegion region, MemoryHandle.Key key) {
        return outbox.rdma(
                call.isRead(),
                region.address() + call.localOffset,
                region.lkey(),
                key.address() + call.remoteOffset,
                key.rkey(),
                call.length,
                call.handler,
                call.cookie);
    }

    /** On a view of its own, since the program may set the buffer's limit until the completion. */
    private static int bytes(Call call, ByteBuffer local, Outbox outbox, MemoryHandle.Key key) {
        return outbox.rdma(
                call.isRead(),
                local.duplicate().clear(),
                (int) call.localOffset,
                key.address() + call.remoteOffset,
                key.rkey(),
                call.length,
                call.handler,
                call.cookie);
    }

    private static int atomic(Call call, Outbox outbox, MemoryRegion region, MemoryHandle.Key key) {
        long address = key.address() + call.remoteOffset;
        if (address % Long.BYTES != 0) {
            return BtlStatus.INVALID;
        }
        return outbox.atomic(
                call.kind == Call.Kind.COMPARE_SWAP,
                region.address() + call.localOffset,
                region.lkey(),
                address,
                key.rkey(),
                call.compareAdd,
                call.swap,
                call.handler,
                call.cookie);
    }

    private static MemoryHandle.@Nullable Key key(MemoryHandle target, int device) {
        for (int i = 0; i < target.keyCount(); i++) {
            if (target.key(i).device() == device) {
                return target.key(i);
            }
        }
        return null;
    }
}
