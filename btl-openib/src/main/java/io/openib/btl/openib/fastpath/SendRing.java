package io.openib.btl.openib.fastpath;

import io.openib.btl.CompletionHandler;
import io.openib.btl.openib.memory.FragmentPool;
import org.jspecify.annotations.Nullable;

/**
 * What is posted to one send queue and not complete, in the order posted. A position is a running number; it is the index
 * in {@code wr_id}. The completion of one retires all before it too: those were not signalled and have succeeded.
 */
final class SendRing {
    /** Nothing to do when it completes. */
    static final byte PLAIN = 0;
    /** Counts in the window of a shared queue. */
    static final byte WINDOWED = 1;
    /** Holds a read token. */
    static final byte READ = 2;
    /** Nothing that anybody asked for. */
    static final byte KEEPALIVE = 3;

    private final int depth;
    private final int mask;
    private final byte[] kinds;
    private final int[] fragments;
    private final @Nullable CompletionHandler[] handlers;
    private final long[] cookies;
    private int head;
    private int tail;

    SendRing(int depth) {
        int capacity = Integer.highestOneBit(depth * 2 - 1);
        this.depth = depth;
        this.mask = capacity - 1;
        this.kinds = new byte[capacity];
        this.fragments = new int[capacity];
        this.handlers = new @Nullable CompletionHandler[capacity];
        this.cookies = new long[capacity];
    }

    int free() {
        return depth - (tail - head);
    }

    boolean isEmpty() {
        return head == tail;
    }

    /** The position that {@link #push} will give. */
    int next() {
        return tail;
    }

    /** Whether a position is one that is not complete. */
    boolean holds(int position) {
        return position - head >= 0 && position - tail < 0;
    }

    void push(byte kind, int fragment, @Nullable CompletionHandler handler, long cookie) {
        int at = tail++ & mask;
        kinds[at] = kind;
        fragments[at] = fragment;
        handlers[at] = handler;
        cookies[at] = cookie;
    }

    int head() {
        return head;
    }

    byte headKind() {
        return kinds[head & mask];
    }

    int headFragment() {
        return fragments[head & mask];
    }

    @Nullable
    CompletionHandler headHandler() {
        return handlers[head & mask];
    }

    long headCookie() {
        return cookies[head & mask];
    }

    void pop() {
        int at = head++ & mask;
        handlers[at] = null;
        fragments[at] = FragmentPool.NONE;
    }
}
