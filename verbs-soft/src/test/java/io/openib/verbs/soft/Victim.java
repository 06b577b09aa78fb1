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
 * queue pair is, reads whom to connect it to, and does every kind of operation until it is stopped. Lines of numbers go
 * both ways.
 */
public final class Victim {
    /** Bytes of the target's memory that it works on. */
    static final int BUFFER = 4096;

    /** A message that travels beside its completion, since it is longer than what fits within. */
    static final int LONG_MESSAGE = 96;

    private static final int ROUNDS = 40;
    private static final int OPERATIONS = 6;
    private static final int LONG_AT = 2 * BUFFER;
    private static final int RESULT_AT = 3 * BUFFER;
    private static final int REGION_BYTES = 4 * BUFFER;
    private static final long WAIT_MS = 20_000;

    /** For a machine on which others start processes all the time. */
    static final int PATIENT_TIMEOUT = 18;

    private final LocalSide side;
    private final QpRef qp;
    private final Region own;

    private Victim(LocalSide side) {
        this.side = side;
        this.qp = side.createQp(QpRequest.rc());
        this.own = side.allocate(REGION_BYTES, Wiring.ALL_ACCESS);
    }

    /** Lives until it is killed at its fault point; to its end if it has none. */
    public static void main(String[] args) throws IOException {
        PrintStream out = System.out;
        try (LocalSide side = new LocalSide(new DyingProducer(args[0]))) {
            Victim victim = new Victim(side);
            out.println(line(side.address().gidPrefix(), side.address().gidInterface(), victim.qp.number()));
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

    /** What a victim is to be told: whom to connect to, what memory to work on, and its number in its messages. */
    static String orders(PortAddress target, int targetQp, Region memory, int number) {
        return line(target.gidPrefix(), target.gidInterface(), targetQp, memory.address(), memory.rkey(), number);
    }

    private void work(long[] orders) {
        PortAddress target = side.address().withGid(new Gid(orders[0], orders[1]));
        Wiring wiring = Wiring.to(target, (int) orders[2], 0, 0).retries(PATIENT_TIMEOUT, 7);
        side.toInit(qp.handle(), wiring);
        side.toRtr(qp.handle(), wiring);
        side.toRts(qp.handle(), wiring);
        Region memory = new Region(0, orders[3], BUFFER, 0, (int) orders[4]);
        for (int round = 0; round < ROUNDS; round++) {
            operate(memory, orders[5] << 32 | (long) round << 1);
        }
    }

    private void operate(Region memory, long message) {
        side.write(
                own.handle(),
                0,
                ByteBuffer.allocate(Long.BYTES).putLong(message).array());
        side.write(own.handle(), LONG_AT, longMessage(message | 1));
        post(Send.send(1, own.part(0, Long.BYTES)));
        post(Send.send(2, own.part(LONG_AT, LONG_MESSAGE)));
        post(Send.write(3, own.part(0, BUFFER), memory, 0));
        post(Send.read(4, own.part(BUFFER, BUFFER), memory, 0));
        post(Send.fetchAndAdd(5, own.part(RESULT_AT, Long.BYTES), memory, 8, 1));
        post(Send.compareAndSwap(6, own.part(RESULT_AT, Long.BYTES), memory, 16, 0, 1));
        List<Wc> done = side.await(qp.sendCq(), OPERATIONS, WAIT_MS);
        if (done.size() < OPERATIONS || done.stream().anyMatch(wc -> wc.status() != WcStatus.SUCCESS)) {
            throw new IllegalStateException("completed: " + done);
        }
    }

    /** A long message is its number over and over. */
    static byte[] longMessage(long message) {
        ByteBuffer bytes = ByteBuffer.allocate(LONG_MESSAGE);
        while (bytes.hasRemaining()) {
            bytes.putLong(message);
        }
        return bytes.array();
    }

    private void post(Send send) {
        int result = side.post(qp.handle(), send);
        if (result != 0) {
            throw new IllegalStateException("ibv_post_send: " + result);
        }
    }
}
