package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.WcStatus;
import io.openib.verbs.soft.arena.Attachments;
import io.openib.verbs.testkit.DeviceUnderTest;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.LocalSide;
import io.openib.verbs.testkit.PortAddress;
import io.openib.verbs.testkit.QpRef;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Recv;
import io.openib.verbs.testkit.Region;
import io.openib.verbs.testkit.Wc;
import io.openib.verbs.testkit.Wiring;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * The target of the kill test: one completion queue and one shared receive queue that every producer uses. A message is
 * eight bytes, the producer's number above and its sequence number below, once or over and over. One thread takes the
 * messages, notes what is wrong and posts each receive again.
 */
final class SharedTarget implements AutoCloseable {
    static final int RECEIVES = 64;
    private static final int SLOT_BYTES = 128;
    private static final long PAUSE_NS = 50_000;

    private final LocalSide side;
    private final int cq;
    private final int srq;
    private final Region slots;
    private final Set<Long> seen = new HashSet<>();
    private final Set<Long> usedSlots = Collections.newSetFromMap(new ConcurrentHashMap<>());
    private final Set<String> complaints = Collections.newSetFromMap(new ConcurrentHashMap<>());
    private final AtomicLong fromSurvivor = new AtomicLong();
    private final AtomicBoolean isOver = new AtomicBoolean();
    private final Thread consumer = new Thread(this::consume, "kill-test-consumer");

    SharedTarget(DeviceUnderTest underTest) {
        side = new LocalSide(underTest);
        cq = side.createCq(4096);
        srq = side.createSrq(RECEIVES, 1);
        slots = side.allocate(RECEIVES * SLOT_BYTES, Wiring.ALL_ACCESS);
        for (int slot = 0; slot < RECEIVES; slot++) {
            post(slot);
        }
        consumer.start();
    }

    LocalSide side() {
        return side;
    }

    /** A queue pair for a producer, in RTS. */
    QpRef serve(PortAddress producer, int producerQp) {
        QpRef qp = side.createQp(QpRequest.rc().cqs(cq, cq).srq(srq));
        Wiring wiring = Wiring.to(producer, producerQp, 0, 0).minRnrTimer(1);
        side.toInit(qp.handle(), wiring);
        side.toRtr(qp.handle(), wiring);
        side.toRts(qp.handle(), wiring);
        return qp;
    }

    /** How many messages of producer 0, which nobody kills, came in order. */
    long fromSurvivor() {
        return fromSurvivor.get();
    }

    /** Receives that were used since the last call of {@link #forgetUsedSlots}. */
    int usedSlots() {
        return usedSlots.size();
    }

    void forgetUsedSlots() {
        usedSlots.clear();
    }

    private int peers() {
        SoftAdapter adapter = ((SoftDevice) side.device()).adapter();
        return Math.max(
                adapter.peers().count(), Attachments.ids(adapter.arena()).size());
    }

    /** Waits until so many processes hold something here, no more. */
    void awaitPeers(int count) {
        await("the dead are forgotten", () -> peers() == count);
    }

    void await(String what, BooleanSupplier condition) {
        long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(End.WAIT_MS);
        while (!condition.getAsBoolean() && System.nanoTime() - endNs < 0) {
            LockSupport.parkNanos(100_000);
        }
        assertThat(condition.getAsBoolean()).as("%s; %s", what, complaints).isTrue();
    }

    Set<String> complaints() {
        return complaints;
    }

    private void post(long slot) {
        int result = side.postSrqRecv(srq, Recv.into(slot, slots.part(slot * SLOT_BYTES, SLOT_BYTES)));
        if (result != 0) {
            complaints.add("ibv_post_srq_recv: " + result);
        }
    }

    private void consume() {
        while (!isOver.get()) {
            try {
                List<Wc> some = side.poll(cq, RECEIVES);
                some.forEach(this::take);
                if (some.isEmpty()) {
                    LockSupport.parkNanos(PAUSE_NS);
                }
            } catch (RuntimeException e) {
                complaints.add(e.toString());
                return;
            }
        }
    }

    private void take(Wc wc) {
        if (wc.status() != WcStatus.SUCCESS) {
            complaints.add("a completion with " + wc.status());
            return;
        }
        usedSlots.add(wc.wrId());
        byte[] bytes = side.read(slots.handle(), wc.wrId() * SLOT_BYTES, wc.byteLength());
        long message = ByteBuffer.wrap(bytes).getLong();
        if (!seen.add(message)) {
            complaints.add("message " + Long.toHexString(message) + " came twice");
        }
        if (bytes.length > Long.BYTES && !Arrays.equals(bytes, Victim.longMessage(message))) {
            complaints.add("message " + Long.toHexString(message) + " came in part: " + Arrays.toString(bytes));
        }
        if (message >>> 32 == 0 && message != fromSurvivor.getAndIncrement()) {
            complaints.add("the survivor's message " + message + " is not the next");
        }
        post(wc.wrId());
    }

    @Override
    public void close() {
        isOver.set(true);
        Threads.join(consumer);
        side.close();
    }
}
