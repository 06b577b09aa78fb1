package io.openib.btl.openib;

import io.openib.btl.BtlStatus;
import io.openib.btl.CompletionHandler;
import io.openib.btl.MemoryHandle;
import io.openib.btl.RegisteredMemory;
import io.openib.btl.openib.fastpath.Outbox;
import io.openib.verbs.MemoryRegion;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Put, get and atomics: finds the registrations that the device of the peer's link needs. Of the owner. */
final class OneSided {
    private final Links links;
    private final Memories memories;

    OneSided(Links links, Memories memories) {
        this.links = links;
        this.memories = memories;
    }

    /** Between registered memories; bounds have been checked. */
    int rdma(
            boolean isRead,
            int peer,
            RegisteredMemory local,
            long localOffset,
            MemoryHandle target,
            long remoteOffset,
            int length,
            @Nullable CompletionHandler handler,
            long cookie) {
        Link link = links.link(peer);
        int code = links.connect(link);
        OpenibModule module = link.module;
        Outbox outbox = link.outbox;
        if (code != BtlStatus.OK || module == null || outbox == null) {
            return code != BtlStatus.OK ? code : BtlStatus.PEER_FAILED;
        }
        MemoryRegion region = memories.region(local, module.port().deviceNumber());
        int key = key(target, link.remoteDevice());
        if (region == null || key < 0) {
            return memories.refusal(local);
        }
        return outbox.rdma(
                isRead,
                region.address() + localOffset,
                region.lkey(),
                target.key(key).address() + remoteOffset,
                target.key(key).rkey(),
                length,
                handler,
                cookie);
    }

    /** From or to any memory of ours; bounds have been checked. */
    int rdmaBytes(
            boolean isRead,
            int peer,
            ByteBuffer local,
            int localOffset,
            MemoryHandle target,
            long remoteOffset,
            int length,
            @Nullable CompletionHandler handler,
            long cookie) {
        Link link = links.link(peer);
        int code = links.connect(link);
        int key = key(target, link.remoteDevice());
        if (code != BtlStatus.OK || link.outbox == null || key < 0) {
            return code != BtlStatus.OK ? code : BtlStatus.UNSUPPORTED;
        }
        return link.outbox.rdma(
                isRead,
                local,
                localOffset,
                target.key(key).address() + remoteOffset,
                target.key(key).rkey(),
                length,
                handler,
                cookie);
    }

    /** Bounds have been checked. */
    int atomic(
            boolean isSwap,
            int peer,
            RegisteredMemory result,
            long resultOffset,
            MemoryHandle target,
            long remoteOffset,
            long compareAdd,
            long swap,
            @Nullable CompletionHandler handler,
            long cookie) {
        Link link = links.link(peer);
        int code = links.connect(link);
        OpenibModule module = link.module;
        Outbox outbox = link.outbox;
        int key = key(target, link.remoteDevice());
        if (code != BtlStatus.OK || module == null || outbox == null || key < 0 || !link.hasAtomics()) {
            return code != BtlStatus.OK ? code : BtlStatus.UNSUPPORTED;
        }
        MemoryRegion region = memories.region(result, module.port().deviceNumber());
        if (region == null || (target.key(key).address() + remoteOffset) % Long.BYTES != 0) {
            return region == null ? memories.refusal(result) : BtlStatus.INVALID;
        }
        return outbox.atomic(
                isSwap,
                region.address() + resultOffset,
                region.lkey(),
                target.key(key).address() + remoteOffset,
                target.key(key).rkey(),
                compareAdd,
                swap,
                handler,
                cookie);
    }

    /** Does what another thread has called. */
    int run(RemoteCall call, MemoryHandle target) {
        boolean isRead = call.kind == RemoteCall.Kind.GET || call.kind == RemoteCall.Kind.GET_BYTES;
        RegisteredMemory memory = call.memory;
        ByteBuffer local = call.local;
        if (local != null) {
            return rdmaBytes(
                    isRead,
                    call.peer,
                    local,
                    (int) call.localOffset,
                    target,
                    call.remoteOffset,
                    call.length,
                    call.handler,
                    call.cookie);
        }
        if (memory == null) {
            return BtlStatus.INVALID;
        }
        if (call.kind == RemoteCall.Kind.PUT || isRead) {
            return rdma(
                    isRead,
                    call.peer,
                    memory,
                    call.localOffset,
                    target,
                    call.remoteOffset,
                    call.length,
                    call.handler,
                    call.cookie);
        }
        return atomic(
                call.kind == RemoteCall.Kind.COMPARE_SWAP,
                call.peer,
                memory,
                call.localOffset,
                target,
                call.remoteOffset,
                call.compareAdd,
                call.swap,
                call.handler,
                call.cookie);
    }

    private static int key(MemoryHandle target, int device) {
        for (int i = 0; i < target.keyCount(); i++) {
            if (target.key(i).device() == device) {
                return i;
            }
        }
        return -1;
    }
}
