package io.openib.btl.openib.fastpath;

import io.openib.btl.CompletionHandler;
import io.openib.btl.openib.memory.FragmentPool;
import io.openib.btl.openib.wire.Header;
import io.openib.btl.openib.wire.WorkRequestId;
import io.openib.verbs.QueuePair;
import io.openib.verbs.SendFlag;
import io.openib.verbs.SendWorkRequest;
import io.openib.verbs.WrOpcode;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** One queue pair of a lane: its send queue, the credits or the window that bound it, and its own receives if it has. */
final class LaneQueue implements AutoCloseable {
    final int index;
    final QueuePair qp;
    final SendRing ring;
    final @Nullable SharedWindow window;
    final @Nullable PeerReceives receives;
    /** Bytes that a message may have, header included, to go inline. */
    final int inlineBytes;

    private final SendWorkRequest wr;
    private final long idBase;
    private final int reservedSlots;
    private final int signalEvery;
    private final int maxCredits;
    private int credits;
    private int unsignalled;
    private int windowed;
    private int fragments;
    /** Whether the device has reported that it takes no further shared receive for it. */
    private boolean isLastReceiveTaken;

    LaneQueue(
            int index,
            int lane,
            QueuePair qp,
            int depth,
            int reservedSlots,
            int maxCredits,
            @Nullable SharedWindow window,
            @Nullable PeerReceives receives) {
        this.index = index;
        this.qp = qp;
        this.ring = new SendRing(depth);
        this.window = window;
        this.receives = receives;
        this.inlineBytes = qp.capabilities().maxInlineData();
        this.wr = qp.newSendRequest(1);
        this.idBase = WorkRequestId.pack(WorkRequestId.SEND, index, lane, 0);
        this.reservedSlots = reservedSlots;
        this.maxCredits = maxCredits;
        this.signalEvery = Math.max(1, (depth - reservedSlots) / 4);
        this.credits = maxCredits;
    }

    /** Why an active message cannot be posted now, or null. */
    @Nullable
    Counter stall() {
        if (window == null ? credits == 0 : window.isFullFor(windowed)) {
            return window == null ? Counter.CREDIT_STALLS : Counter.WINDOW_STALLS;
        }
        return ring.free() <= reservedSlots ? Counter.SLOT_STALLS : null;
    }

    /** Fragments that are under way on it. */
    int fragments() {
        return fragments;
    }

    /** A message is complete that was in the window. */
    void leaveWindow() {
        if (window != null) {
            window.leave();
            windowed--;
        }
    }

    /** A fragment is back. */
    void fragmentCompleted() {
        fragments--;
    }

    /** The device takes no further shared receive for it. */
    void lastReceiveTaken() {
        isLastReceiveTaken = true;
    }

    /** Whether the device may take another shared receive for it. */
    boolean mayTakeReceives() {
        return receives == null && !isLastReceiveTaken;
    }

    boolean hasSlot() {
        return ring.free() > reservedSlots;
    }

    /** Whether the slots set aside for the transport's own messages are not all taken. */
    boolean hasReservedSlot() {
        return ring.free() > 1;
    }

    /** Takes credits that the peer returned; false if there cannot be so many. */
    boolean addCredits(int count) {
        credits += count;
        return window == null && credits <= maxCredits;
    }

    /** Whether the next inline send without a handler has to be signalled. */
    boolean isSignalDue() {
        return window != null || unsignalled + 1 >= signalEvery;
    }

    /** Whether something may be posted whose completion nothing will tell. */
    boolean hasUnsignalled() {
        return unsignalled > 0;
    }

    /** Posts a message; the caller has made sure of credit or window, and of a slot. Returns 0 or a negated errno. */
    int postSend(
            long address,
            int lkey,
            int length,
            int flags,
            boolean isData,
            int fragment,
            @Nullable CompletionHandler handler,
            long cookie) {
        wr.opcode(WrOpcode.SEND).sgeCount(1).sge(0, address, length, lkey);
        return postMessage(flags, isData, fragment, handler, cookie);
    }

    /** The same of a header and what lies in the caller's memory, which the device takes at once. */
    int postInline(
            long header,
            ByteBuffer data,
            int offset,
            int length,
            int flags,
            boolean isData,
            @Nullable CompletionHandler handler,
            long cookie) {
        wr.opcode(WrOpcode.SEND).inline(Header.inMemory(header), data, offset, length);
        int code = postMessage(flags, isData, FragmentPool.NONE, handler, cookie);
        wr.sgeCount(0); // lets go of the caller's buffer
        return code;
    }

    private int postMessage(int flags, boolean isData, int fragment, @Nullable CompletionHandler handler, long cookie) {
        byte kind = isData && window != null ? SendRing.WINDOWED : SendRing.PLAIN;
        int code = post(flags, kind, fragment, handler, cookie);
        if (code == 0 && isData) {
            if (window != null) {
                window.enter();
                windowed++;
            } else {
                credits--;
            }
        }
        return code;
    }

    /** Posts an RDMA write or read, always signalled. Returns 0 or a negated errno. */
    int postRdma(
            int opcode,
            long address,
            int lkey,
            int length,
            long remoteAddress,
            int rkey,
            @Nullable CompletionHandler handler,
            long cookie) {
        wr.opcode(opcode).remote(remoteAddress, rkey);
        if (length == 0) {
            wr.sgeCount(0);
        } else {
            wr.sgeCount(1).sge(0, address, length, lkey);
        }
        byte kind = opcode == WrOpcode.RDMA_READ ? SendRing.READ : SendRing.PLAIN;
        return post(SendFlag.SIGNALED, kind, FragmentPool.NONE, handler, cookie);
    }

    /** Posts a zero-byte write, whose completion says nothing but that the peer is there. Returns 0 or a negated errno. */
    int postKeepalive() {
        wr.opcode(WrOpcode.RDMA_WRITE).remote(0, 0).sgeCount(0);
        return post(SendFlag.SIGNALED, SendRing.KEEPALIVE, FragmentPool.NONE, null, 0);
    }

    /** Posts an atomic, always signalled. Returns 0 or a negated errno. */
    int postAtomic(
            int opcode,
            long address,
            int lkey,
            long remoteAddress,
            int rkey,
            long compareAdd,
            long swap,
            @Nullable CompletionHandler handler,
            long cookie) {
        wr.opcode(opcode)
                .remote(remoteAddress, rkey)
                .compareAdd(compareAdd)
                .swap(swap)
                .sgeCount(1)
                .sge(0, address, Long.BYTES, lkey);
        return post(SendFlag.SIGNALED, SendRing.READ, FragmentPool.NONE, handler, cookie);
    }

    private int post(int flags, byte kind, int fragment, @Nullable CompletionHandler handler, long cookie) {
        wr.wrId(idBase | (ring.next() & 0xffff_ffffL)).flags(flags);
        int code = qp.post(wr);
        if (code == 0) {
            ring.push(kind, fragment, handler, cookie);
            fragments += fragment == FragmentPool.NONE ? 0 : 1;
            unsignalled = (flags & SendFlag.SIGNALED) != 0 ? 0 : unsignalled + 1;
        }
        return code;
    }

    /** Destroys the queue pair, then releases the memory that it received into. Control thread. */
    @Override
    public void close() {
        qp.close();
        if (receives != null) {
            receives.close();
        }
    }
}
