package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.WcFlag;
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
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * The target of the kill test: one completion queue and one shared receive queue that every producer uses, with a queue pair for
 * datagrams; beside it each producer may have a queue of its own. A message is eight bytes, the producer's number above and its
 * sequence number below, once or over and over. One thread takes the messages, notes what is wrong and posts each receive again.
 */
final class SharedTarget implements AutoCloseable {
    static final int RECEIVES = 64;
    private static final int SLOT_BYTES = 128;
    private static final int GRH_BYTES = 40;

    /** Of a producer's own queue. Few, since with each region that goes those that are posted are vouched for no more. */
    private static final int OWN_RECEIVES = 2;

    private static final long PAUSE_NS = 50_000;

    private final LocalSide side;
    private final int cq;
    private final int srq;
    private final QpRef datagrams;
    private final Region slots;
    private final List<Own> owns = new CopyOnWriteArrayList<>();
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
        datagrams = side.createQp(QpRequest.ud().cqs(cq, cq).srq(srq));
        bring(datagrams, Wiring.none());
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
        bring(qp, Wiring.to(producer, producerQp, 0, 0).minRnrTimer(1));
        return qp;
    }

    /** The same with a queue of its own. */
    Own serveAlone(PortAddress producer, int producerQp) {
        Own own = new Own(producer, producerQp);
        long queue;
        synchronized (owns) {
            owns.add(own);
            queue = owns.size();
        }
        for (long slot = 0; slot < OWN_RECEIVES; slot++) {
            own.post(queue << 32 | slot);
        }
        return own;
    }

    /** A queue pair with a queue of its own. Its memory stays to the end, so that it may be read at leisure. */
    final class Own {
        private final QpRef qp = side.createQp(QpRequest.rc().cqs(cq, cq).depths(1, OWN_RECEIVES));
        private final Region slots = side.allocate(OWN_RECEIVES * SLOT_BYTES, Wiring.ALL_ACCESS);
        private boolean isClosed;

        private Own(PortAddress producer, int producerQp) {
            bring(qp, Wiring.to(producer, producerQp, 0, 0).minRnrTimer(1));
        }

        int number() {
            return qp.number();
        }

        private synchronized void post(long wrId) {
            Recv recv = Recv.into(wrId, slots.part(slotOf(wrId) * SLOT_BYTES, SLOT_BYTES));
            int result = isClosed ? 0 : side.postRecv(qp.handle(), recv);
            if (result != 0) {
                complaints.add("ibv_post_recv: " + result);
            }
        }

        void close() {
            synchronized (this) {
                isClosed = true;
            }
            side.close(qp.handle());
        }
    }

    /** The queue pair that datagrams come to. */
    int datagramQp() {
        return datagrams.number();
    }

    private void bring(QpRef qp, Wiring wiring) {
        side.toInit(qp.handle(), wiring);
        side.toRtr(qp.handle(), wiring);
        side.toRts(qp.handle(), wiring);
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

    /** Its place in its queue; the queue stands above. */
    private static long slotOf(long wrId) {
        return wrId & 0xffff_ffffL;
    }

    private void take(Wc wc) {
        if (wc.status() != WcStatus.SUCCESS) {
            complaints.add("a completion with " + wc.status());
            return;
        }
        int queue = (int) (wc.wrId() >>> 32);
        Region from = queue == 0 ? slots : owns.get(queue - 1).slots;
        int header = (wc.flags() & WcFlag.GRH) != 0 ? GRH_BYTES : 0;
        byte[] bytes = side.read(from.handle(), slotOf(wc.wrId()) * SLOT_BYTES + header, wc.byteLength() - header);
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
        if (queue == 0) {
            usedSlots.add(wc.wrId());
            post(wc.wrId());
        } else {
            owns.get(queue - 1).post(wc.wrId());
        }
    }

    @Override
    public void close() {
        isOver.set(true);
        Threads.join(consumer);
        side.close();
    }
}
