package io.openib.verbs.soft;

import io.openib.verbs.Gid;
import io.openib.verbs.WcStatus;
import io.openib.verbs.testkit.LocalSide;
import io.openib.verbs.testkit.PortAddress;
import io.openib.verbs.testkit.QpRef;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Region;
import io.openib.verbs.testkit.Send;
import io.openib.verbs.testkit.Wc;
import io.openib.verbs.testkit.Wiring;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * The main class of a producer that is to die: opens its device with the fault point that its argument names, says where its
 * queue pairs are, reads whom to connect them to, and does the operations that pass its point until it is stopped, or all kinds for
 * a while if it has none. Lines of numbers go both ways.
 */
public final class Victim {
    /** Bytes of the target's memory that it works on. */
    static final int BUFFER = 4096;

    /** A message that travels beside its completion, since it is longer than what fits within. */
    static final int LONG_MESSAGE = 96;

    private static final int ROUNDS = 40;

    /** More than it takes to pass any point often enough. */
    private static final int ROUNDS_MOST = 1000;

    private static final int OPERATIONS = 6;
    private static final int LONG_AT = 2 * BUFFER;
    private static final int RESULT_AT = 3 * BUFFER;
    private static final int REGION_BYTES = 4 * BUFFER;
    private static final long WAIT_MS = 20_000;

    /** For a machine on which others start processes all the time. */
    static final int PATIENT_TIMEOUT = 18;

    private final LocalSide side;
    private final String point;

    /** To a shared queue, to one of its own, and for datagrams. */
    private final QpRef qp;

    private final QpRef alone;
    private final QpRef datagrams;
    private final Region own;

    private Victim(LocalSide side, String point) {
        this.side = side;
        this.point = point;
        this.qp = side.createQp(QpRequest.rc());
        this.alone = side.createQp(QpRequest.rc());
        this.datagrams = side.createQp(QpRequest.ud());
        this.own = side.allocate(REGION_BYTES, Wiring.ALL_ACCESS);
    }

    /** Lives until it is killed at its fault point; to its end if it has none. */
    public static void main(String[] args) throws IOException {
        PrintStream out = System.out;
        try (LocalSide side = new LocalSide(new DyingProducer(args[0]))) {
            Victim victim = new Victim(side, args[0]);
            PortAddress place = side.address();
            out.println(line(place.gidPrefix(), place.gidInterface(), victim.qp.number(), victim.alone.number()));
            String answer = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII)).readLine();
            if (answer != null) {
                victim.work(numbers(answer));
            }
        }
        out.println("not killed");
    }

    /** A line of numbers. */
    static String line(long... numbers) {
        return LongStream.of(numbers).mapToObj(Long::toString).collect(Collectors.joining(" "));
    }

    /** The numbers of a line. */
    static long[] numbers(String line) {
        return Arrays.stream(line.split(" ", -1)).mapToLong(Long::parseLong).toArray();
    }

    /**
     * What a victim is to be told: whom to connect to, what memory to work on, and its number in its messages.
     *
     * @param qps of the target: with the shared queue, with one of its own, for datagrams
     */
    static String orders(PortAddress target, int[] qps, Region memory, int number) {
        long prefix = target.gidPrefix();
        long interfaceId = target.gidInterface();
        return line(prefix, interfaceId, qps[0], memory.address(), memory.rkey(), number, qps[1], qps[2]);
    }

    private void work(long[] orders) {
        PortAddress target = side.address().withGid(new Gid(orders[0], orders[1]));
        bring(qp, Wiring.to(target, (int) orders[2], 0, 0).retries(PATIENT_TIMEOUT, 7));
        bring(alone, Wiring.to(target, (int) orders[6], 0, 0).retries(PATIENT_TIMEOUT, 7));
        bring(datagrams, Wiring.none());
        int handle = side.createAddressHandle(target);
        Region memory = new Region(0, orders[3], BUFFER, 0, (int) orders[4]);
        boolean isShort = point.startsWith("short_");
        boolean isDatagram = point.startsWith("inbox_") || point.startsWith("datagram_");
        for (int round = 0; round < (point.isEmpty() ? ROUNDS : ROUNDS_MOST); round++) {
            long message = orders[5] << 32 | (long) round << 2;
            if (!isShort && !isDatagram) {
                operate(memory, message);
            }
            if (isShort || point.isEmpty()) {
                side.write(own.handle(), LONG_AT, longMessage(message | 2));
                send(alone, Send.send(7, own.part(LONG_AT, LONG_MESSAGE)));
            }
            if (isDatagram || point.isEmpty()) {
                side.write(own.handle(), 0, bytes(message | 3));
                Send send = Send.send(8, own.part(0, Long.BYTES));
                send(datagrams, send.destination(handle, (int) orders[7], Wiring.QKEY));
            }
        }
    }

    private void bring(QpRef any, Wiring wiring) {
        side.toInit(any.handle(), wiring);
        side.toRtr(any.handle(), wiring);
        side.toRts(any.handle(), wiring);
    }

    private void operate(Region memory, long message) {
        side.write(own.handle(), 0, bytes(message));
        side.write(own.handle(), LONG_AT, longMessage(message | 1));
        post(qp, Send.send(1, own.part(0, Long.BYTES)));
        post(qp, Send.send(2, own.part(LONG_AT, LONG_MESSAGE)));
        post(qp, Send.write(3, own.part(0, BUFFER), memory, 0));
        post(qp, Send.read(4, own.part(BUFFER, BUFFER), memory, 0));
        post(qp, Send.fetchAndAdd(5, own.part(RESULT_AT, Long.BYTES), memory, 8, 1));
        post(qp, Send.compareAndSwap(6, own.part(RESULT_AT, Long.BYTES), memory, 16, 0, 1));
        await(qp, OPERATIONS);
    }

    private void send(QpRef any, Send send) {
        post(any, send);
        await(any, 1);
    }

    private void await(QpRef any, int count) {
        List<Wc> done = side.await(any.sendCq(), count, WAIT_MS);
        if (done.size() < count || done.stream().anyMatch(wc -> wc.status() != WcStatus.SUCCESS)) {
            throw new IllegalStateException("completed: " + done);
        }
    }

    private static byte[] bytes(long message) {
        return ByteBuffer.allocate(Long.BYTES).putLong(message).array();
    }

    /** A long message is its number over and over. */
    static byte[] longMessage(long message) {
        ByteBuffer bytes = ByteBuffer.allocate(LONG_MESSAGE);
        while (bytes.hasRemaining()) {
            bytes.putLong(message);
        }
        return bytes.array();
    }

    private void post(QpRef any, Send send) {
        int result = side.post(any.handle(), send);
        if (result != 0) {
            throw new IllegalStateException("ibv_post_send: " + result);
        }
    }
}
