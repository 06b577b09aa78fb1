package io.openib.verbs.soft;

import io.openib.verbs.RecvWorkRequest;

/** A receive request in the form in which a receive queue reads it. */
final class SoftRecvWr implements RecvWorkRequest {
    long wrId;
    int sgeCount;
    final long[] addresses;
    final int[] lengths;
    final int[] keys;

    SoftRecvWr(int maxSge) {
        addresses = new long[maxSge];
        lengths = new int[maxSge];
        keys = new int[maxSge];
    }

    @Override
    public RecvWorkRequest wrId(long value) {
        wrId = value;
        return this;
    }

    @Override
    public RecvWorkRequest sgeCount(int count) {
        sgeCount = count;
        return this;
    }

    @Override
    public RecvWorkRequest sge(int index, long address, int lengthBytes, int lkey) {
        addresses[index] = address;
        lengths[index] = lengthBytes;
        keys[index] = lkey;
        return this;
    }
}
