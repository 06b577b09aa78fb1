package io.openib.verbs.soft;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpState;
import io.openib.verbs.QpType;
import io.openib.verbs.soft.arena.Address;
import io.openib.verbs.soft.arena.OwnArena;
import io.openib.verbs.soft.arena.Words;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;

/**
 * What a queue pair of this process shows to its peers: the owner's end of {@link QpContext}. Attributes and state are
 * written under the queue pair's lock, the operation sequence by whoever runs its sends.
 */
final class ShownQp {
    private static final boolean IS_COMPARE_AND_SET_A_FENCE =
            System.getProperty("os.arch").equals("amd64");

    final ByteBuffer memory;
    final int offset;
    private final LongBuffer words;
    private final int operationWord;
    private final int number;

    /** The operation sequence as it is shown. */
    private long operation;

    ShownQp(OwnArena arena, long address, int number) {
        this.memory = arena.memory(Address.segment(address));
        this.offset = Address.offset(address);
        this.words = Words.of(memory);
        this.operationWord = (offset + QpContext.OPERATION) >> 3;
        this.number = number;
        this.operation = Words.getLong(memory, offset + QpContext.OPERATION);
    }

    int number() {
        return number;
    }

    /** The epoch that the entry's last use came to; no later one may come to an earlier one. */
    int lastEpoch() {
        return QpContext.epoch(Words.getLong(memory, offset + QpContext.WORD));
    }

    /** Begins with nothing shown but what never changes. The operation sequence goes on from the entry's last use. */
    void begin(int domain, QpType type, long srqAddress) {
        for (int field = 0; field < QpContext.BYTES; field += Long.BYTES) {
            if (field != QpContext.OPERATION) {
                Words.putLong(memory, offset + field, 0);
            }
        }
        Words.putInt(memory, offset + QpContext.DOMAIN, domain);
        Words.putInt(memory, offset + QpContext.TYPE, type.code());
        Words.putLong(memory, offset + QpContext.SRQ, srqAddress);
    }

    /** The word that tells whether the rest is valid. */
    void state(int epoch, QpState state) {
        Words.putLongVolatile(memory, offset + QpContext.WORD, QpContext.word(epoch, state, number));
    }

    void attributes(QpAttributes set) {
        Words.putInt(memory, offset + QpContext.PEER_NUMBER, set.destQpNumber());
        Words.putInt(memory, offset + QpContext.RQ_PSN, set.rqPsn());
        Words.putInt(memory, offset + QpContext.SQ_PSN, set.sqPsn());
        Words.putInt(memory, offset + QpContext.PATH_MTU, set.pathMtu().code());
        Words.putInt(memory, offset + QpContext.ACCESS, AccessFlag.bits(set.accessFlags()));
        Words.putInt(memory, offset + QpContext.MIN_RNR_TIMER, set.minRnrTimer());
        Words.putInt(memory, offset + QpContext.MAX_DEST_RD_ATOMIC, set.maxDestRdAtomic());
        Words.putIntRelease(memory, offset + QpContext.QKEY, set.qkey());
        VarHandle.fullFence();
    }

    /** The connection's peer, and where its completions are to go. */
    void peer(long arenaId, long inbox) {
        Words.putLong(memory, offset + QpContext.PEER_ARENA, arenaId);
        Words.putLong(memory, offset + QpContext.INBOX, inbox);
    }

    /** Where completions of datagrams are to go. */
    void datagramDirectory(long address) {
        Words.putLong(memory, offset + QpContext.UD_DIRECTORY, address);
    }

    /** Says that an operation on another's memory begins. */
    void beginOperation() {
        Words.putLongRelease(words, operationWord, ++operation);
        VarHandle.fullFence();
    }

    /** The same, where a compare-and-set follows at once, before anything of the other's is read: on x86 that is the fence. */
    void beginOperationBeforeCompareAndSet() {
        Words.putLongRelease(words, operationWord, ++operation);
        if (!IS_COMPARE_AND_SET_A_FENCE) {
            VarHandle.fullFence();
        }
    }

    /** Says that it has ended. */
    void endOperation() {
        Words.putLongRelease(words, operationWord, ++operation);
    }

    /** The operation sequence: odd while an operation is under way. */
    long operation() {
        return Words.getLongAcquire(memory, offset + QpContext.OPERATION);
    }

    /** Tells the peer of an epoch that an operation of this side failed there. */
    void fault(int peerEpoch, int reason) {
        Words.putLongVolatile(memory, offset + QpContext.FAULT, (long) peerEpoch << 8 | reason);
    }

    void noFault() {
        Words.putLong(memory, offset + QpContext.FAULT, 0);
    }
}
