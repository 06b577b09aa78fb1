package io.openib.tests.faults;

import io.openib.btl.Btl;
import io.openib.btl.BtlStatus;
import io.openib.btl.CompletionHandler;
import io.openib.btl.Idle;
import io.openib.btl.MemoryHandle;
import io.openib.btl.RegisteredMemory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A rank program in which rank 1 writes into rank 0's memory over and over, until the test freezes it in the midst of a write, and
 * rank 2 answers whom it is asked by. Rank 0 does what the test says on its standard input, and tells the test on its standard output.
 */
public final class FrozenRank {
    private static final int BYTES = 64 << 20;
    private static final int WRITER = 1;
    private static final int NEWCOMER = 2;
    private static final int HANDLE = 1;
    private static final int PING = 2;
    private static final int PONG = 3;
    private static final int END = 4;
    private static final byte ANEW = 99;

    /** Longer than rank 0 waits for what is left of the connection that it has given up. */
    private static final long SERVES_NS = TimeUnit.SECONDS.toNanos(4);

    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(20);

    private final Btl btl;
    private final Idle idle = Idle.backOff();
    private final int[] pongs = new int[NEWCOMER + 1];
    private boolean isOver;
    private boolean isLost;

    private FrozenRank(Btl btl) {
        this.btl = btl;
    }

    /** A rank's main. */
    public static void main(String[] arguments) throws IOException {
        try (Btl btl = Btl.open()) {
            new FrozenRank(btl).run();
        }
    }

    private void run() throws IOException {
        btl.onError(error -> isLost = true);
        btl.registerReceive(PONG, (peer, tag, data, offset, length) -> pongs[peer]++);
        btl.registerReceive(PING, (peer, tag, data, offset, length) -> answer(peer));
        btl.registerReceive(END, (peer, tag, data, offset, length) -> isOver = true);
        switch (btl.rank()) {
            case 0 -> serve();
            case WRITER -> write();
            default -> until(() -> isOver);
        }
    }

    private void send(int peer, int tag, byte[] bytes) {
        int code = btl.send(peer, tag, ByteBuffer.wrap(bytes));
        if (code != BtlStatus.OK) {
            throw new IllegalStateException("send to " + peer + ": " + BtlStatus.name(code));
        }
    }

    /** Again if it went by the connection that the asker had given up before. */
    private void answer(int peer) {
        ByteBuffer pong = ByteBuffer.allocate(Long.BYTES);
        CompletionHandler again = (cookie, status) -> {
            if (status != BtlStatus.OK) {
                answer(peer);
            }
        };
        btl.send(peer, PONG, pong, 0, Long.BYTES, again, 0);
    }

    private void until(BooleanSupplier isSo) {
        while (!isSo.getAsBoolean()) {
            idle.idle(btl.progress());
        }
    }

    private void ask(int peer) {
        int before = pongs[peer];
        send(peer, PING, new byte[Long.BYTES]);
        long endNs = System.nanoTime() + LIMIT_NS;
        until(() -> pongs[peer] > before || System.nanoTime() - endNs > 0);
        if (pongs[peer] != before + 1) {
            throw new IllegalStateException("rank " + peer + " has answered " + (pongs[peer] - before) + " times");
        }
    }

    private void serve() throws IOException {
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        RegisteredMemory memory = btl.allocate(BYTES);
        send(WRITER, HANDLE, memory.handle().toBytes());
        until(() -> memory.buffer().get(BYTES - 1) != 0);
        System.out.println("written");
        while (order(orders).equals("look")) {
            ByteBuffer bytes = memory.buffer();
            System.out.println("looked: " + (bytes.get(0) == bytes.get(BYTES - 1) ? "between" : "midst"));
        }
        btl.disconnect(WRITER);
        serveNewcomers();
        memory.close();
        RegisteredMemory anew = btl.allocate(BYTES);
        fill(anew, ANEW);
        System.out.println("served");
        order(orders);
        ask(WRITER);
        System.out.println("is intact: " + isFilled(anew, ANEW));
        anew.close();
        send(WRITER, END, new byte[1]);
        send(NEWCOMER, END, new byte[1]);
    }

    /** Each time on a connection of its own. */
    private void serveNewcomers() {
        long endNs = System.nanoTime() + SERVES_NS;
        while (System.nanoTime() - endNs < 0) {
            ask(NEWCOMER);
            btl.disconnect(NEWCOMER);
        }
    }

    private String order(BufferedReader orders) throws IOException {
        while (!orders.ready()) {
            idle.idle(btl.progress());
        }
        return orders.readLine();
    }

    private void write() {
        System.out.println("writer " + ProcessHandle.current().pid());
        RegisteredMemory[] sources = {btl.allocate(BYTES), btl.allocate(BYTES)};
        fill(sources[0], (byte) 1);
        fill(sources[1], (byte) 2);
        btl.registerReceive(HANDLE, (peer, tag, data, offset, length) -> {
            byte[] form = new byte[length];
            data.get(offset, form);
            write(sources, MemoryHandle.of(form), 0);
        });
        until(() -> isOver);
    }

    private void write(RegisteredMemory[] sources, MemoryHandle target, int round) {
        btl.put(
                0,
                sources[round & 1],
                0,
                target,
                0,
                BYTES,
                (cookie, status) -> {
                    if (status == BtlStatus.OK && !isLost) {
                        write(sources, target, round + 1);
                    }
                },
                0);
    }

    private static void fill(RegisteredMemory memory, byte value) {
        ByteBuffer bytes = memory.buffer();
        for (int at = 0; at < BYTES; at++) {
            bytes.put(at, value);
        }
    }

    private static boolean isFilled(RegisteredMemory memory, byte value) {
        ByteBuffer bytes = memory.buffer();
        int at = 0;
        while (at < BYTES && bytes.get(at) == value) {
            at++;
        }
        return at == BYTES;
    }
}
