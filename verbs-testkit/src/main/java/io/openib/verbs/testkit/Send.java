package io.openib.verbs.testkit;

import io.openib.verbs.AddressHandle;
import io.openib.verbs.SendFlag;
import io.openib.verbs.SendWorkRequest;
import io.openib.verbs.WrOpcode;
import java.io.Serializable;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A send request that can travel to another process. Signalled unless said otherwise. */
public final class Send implements Serializable {
    private static final long serialVersionUID = 1L;

    private final int opcode;
    private final long wrId;
    private Sge[] sges = new Sge[0];
    private long inlineHead;
    private byte @Nullable [] inlineData;
    private int flags = SendFlag.SIGNALED;
    private int immediate;
    private long remoteAddress;
    private int rkey;
    private long compareAdd;
    private long swap;
    private int addressHandle;
    private int destQpNumber;
    private int qkey;

    private Send(int opcode, long wrId) {
        this.opcode = opcode;
        this.wrId = wrId;
    }

    /** A request with an opcode of {@link WrOpcode}. */
    public static Send of(int opcode, long wrId) {
        return new Send(opcode, wrId);
    }

    /** A SEND of the entries. */
    public static Send send(long wrId, Sge... sges) {
        return of(WrOpcode.SEND, wrId).with(sges);
    }

    /** An RDMA WRITE of an entry to remote memory. */
    public static Send write(long wrId, Sge from, Region to, long offset) {
        return of(WrOpcode.RDMA_WRITE, wrId).with(from).remote(to.address() + offset, to.rkey());
    }

    /** An RDMA READ of remote memory into an entry. */
    public static Send read(long wrId, Sge to, Region from, long offset) {
        return of(WrOpcode.RDMA_READ, wrId).with(to).remote(from.address() + offset, from.rkey());
    }

    /** A compare-and-swap; the old value goes to the entry. */
    public static Send compareAndSwap(long wrId, Sge old, Region at, long offset, long compare, long swap) {
        Send send = of(WrOpcode.ATOMIC_CMP_AND_SWP, wrId).with(old).remote(at.address() + offset, at.rkey());
        send.compareAdd = compare;
        send.swap = swap;
        return send;
    }

    /** A fetch-and-add; the old value goes to the entry. */
    public static Send fetchAndAdd(long wrId, Sge old, Region at, long offset, long add) {
        Send send = of(WrOpcode.ATOMIC_FETCH_AND_ADD, wrId).with(old).remote(at.address() + offset, at.rkey());
        send.compareAdd = add;
        return send;
    }

    /** Its gather (or, of a read or an atomic, scatter) entries. */
    public Send with(Sge... entries) {
        sges = entries.clone();
        return this;
    }

    /** Eight bytes and what follows them, inline, in place of entries. */
    public Send inline(long head, byte[] data) {
        inlineHead = head;
        inlineData = data.clone();
        return this;
    }

    /** Its remote memory. */
    public Send remote(long address, int key) {
        remoteAddress = address;
        rkey = key;
        return this;
    }

    /** Its flags: replaces SIGNALED. */
    public Send flags(int value) {
        flags = value;
        return this;
    }

    /** Its immediate. */
    public Send immediate(int value) {
        immediate = value;
        return this;
    }

    /** Its destination (UD). */
    public Send destination(int handle, int qpNumber, int key) {
        addressHandle = handle;
        destQpNumber = qpNumber;
        qkey = key;
        return this;
    }

    int addressHandle() {
        return addressHandle;
    }

    SendWorkRequest fill(SendWorkRequest wr, int room, @Nullable AddressHandle handle) {
        wr.wrId(wrId).opcode(opcode).flags(flags).immediate(immediate).sgeCount(sges.length);
        wr.remote(remoteAddress, rkey).compareAdd(compareAdd).swap(swap);
        if (handle != null) {
            wr.destination(handle, destQpNumber, qkey);
        }
        for (int i = 0; i < Math.min(room, sges.length); i++) {
            wr.sge(i, sges[i].address(), sges[i].lengthBytes(), sges[i].lkey());
        }
        byte[] data = inlineData;
        if (data != null) {
            wr.inline(inlineHead, ByteBuffer.wrap(data), 0, data.length);
        }
        return wr;
    }
}
