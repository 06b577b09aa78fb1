package io.openib.btl.openib.fastpath;

import io.openib.btl.BtlStatus;
import io.openib.btl.CompletionHandler;
import io.openib.btl.openib.memory.FragmentPool;
import io.openib.verbs.WrOpcode;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A put or get that does not go as one request: it is longer than the device's messages, its lane is busy or not there
 * yet, or its local side is no registered memory and has to be copied through staging fragments. Goes in pieces, several
 * at a time; used again and again.
 */
final class Transfer implements CompletionHandler {
    private final FastPath path;
    private @Nullable Outbox outbox; // while it is taken
    private @Nullable ByteBuffer local;
    private @Nullable CompletionHandler handler;
    private int opcode;
    private int localOffset;
    private long localAddress;
    private int lkey;
    private long remoteAddress;
    private int rkey;
    private int length;
    private int pieceBytes;
    private long cookie;
    private int pieces;
    private int posted;
    private int underWay;
    private int status;
    /** Whether it stands in the list of those that have pieces to post. */
    boolean isListed;

    Transfer(FastPath path) {
        this.path = path;
    }

    /** Begins with registered memory. */
    void begin(Outbox to, int rdmaOpcode, long address, int localKey, int pieceLimit) {
        begin(to, rdmaOpcode);
        local = null;
        localAddress = address;
        lkey = localKey;
        pieceBytes = pieceLimit;
    }

    /** Begins with any memory. */
    void begin(Outbox to, int rdmaOpcode, ByteBuffer memory, int offset, int pieceLimit) {
        begin(to, rdmaOpcode);
        local = memory;
        localOffset = offset;
        pieceBytes = pieceLimit;
    }

    private void begin(Outbox to, int rdmaOpcode) {
        outbox = to;
        opcode = rdmaOpcode;
        to.transferBegun();
    }

    /** Goes on with the peer's side. */
    void to(
            long address,
            int remoteKey,
            int lengthBytes,
            @Nullable CompletionHandler completion,
            long completionCookie) {
        remoteAddress = address;
        rkey = remoteKey;
        length = lengthBytes;
        handler = completion;
        cookie = completionCookie;
        pieces = pieces(lengthBytes, pieceBytes);
        posted = 0;
        underWay = 0;
        status = BtlStatus.OK;
    }

    /** How many pieces of a size a length takes: one at least, for it has to complete. */
    static int pieces(int lengthBytes, int pieceBytes) {
        return lengthBytes == 0 ? 1 : (lengthBytes - 1) / pieceBytes + 1;
    }

    @Nullable
    Outbox outbox() {
        return outbox;
    }

    /** Whether there are pieces to post. */
    boolean isPosting() {
        return posted < pieces;
    }

    /** Whether it waits for memory that nobody has. */
    boolean isStarved() {
        Outbox to = outbox;
        boolean isWaiting = local != null && isPosting() && underWay == 0;
        return isWaiting && path.staging.isStarved() && to != null && to.lane() != null;
    }

    /** Posts what can be posted; returns how many pieces. */
    int advance() {
        Outbox to = outbox;
        Lane lane = to == null ? null : to.lane();
        int before = posted;
        while (to != null && lane != null && isPosting() && postPiece(to, lane, posted)) {
            posted++;
            underWay++;
        }
        return posted - before;
    }

    private boolean postPiece(Outbox to, Lane lane, int piece) {
        int at = piece * pieceBytes;
        int bytes = Math.min(pieceBytes, length - at);
        ByteBuffer memory = local;
        if (memory == null) {
            return lane.rdma(opcode, localAddress + at, lkey, bytes, remoteAddress + at, rkey, this, piece)
                    == BtlStatus.OK;
        }
        FragmentPool pool = path.staging;
        int fragment = to.takeStaged();
        if (fragment == FragmentPool.NONE) {
            return false;
        }
        if (opcode == WrOpcode.RDMA_WRITE) {
            pool.buffer(fragment).put(pool.offset(fragment), memory, localOffset + at, bytes);
        }
        long pieceCookie = (long) fragment << 32 | piece;
        int code = lane.rdma(
                opcode,
                pool.address(fragment),
                pool.lkey(fragment),
                bytes,
                remoteAddress + at,
                rkey,
                this,
                pieceCookie);
        if (code != BtlStatus.OK) {
            to.giveBackStaged(fragment);
        }
        return code == BtlStatus.OK;
    }

    @Override
    public void onComplete(long pieceCookie, int pieceStatus) {
        ByteBuffer memory = local;
        Outbox to = outbox;
        if (memory != null && to != null) {
            int fragment = (int) (pieceCookie >>> 32);
            FragmentPool pool = path.staging;
            if (opcode == WrOpcode.RDMA_READ && pieceStatus == BtlStatus.OK) {
                int at = (int) pieceCookie * pieceBytes;
                memory.put(
                        localOffset + at,
                        pool.buffer(fragment),
                        pool.offset(fragment),
                        Math.min(pieceBytes, length - at));
            }
            to.giveBackStaged(fragment);
        }
        underWay--;
        if (pieceStatus != BtlStatus.OK) {
            abandon(pieceStatus);
        }
        finishIfDone();
    }

    /** Posts no more pieces; completes with this status when those under way have. */
    void abandon(int why) {
        // A refusal is the cause of the end of the connection, which may have been heard of before.
        if (status == BtlStatus.OK || why == BtlStatus.REMOTE_ACCESS) {
            status = why;
        }
        posted = pieces;
    }

    /** Calls the handler if nothing is left, and is free again. */
    void finishIfDone() {
        Outbox to = outbox;
        if (isPosting() || underWay > 0 || to == null) {
            return;
        }
        path.transfers.unlist(this);
        CompletionHandler completion = handler;
        handler = null;
        local = null;
        outbox = null;
        to.transferDone();
        path.transfers.free(this);
        if (completion != null) {
            path.notify(completion, cookie, status);
        }
    }
}
