package io.openib.cli.programs;

import io.openib.btl.CompletionHandler;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** Rank 0 of a ping-pong: sends, waits for the answer, and looks at the clock. */
final class Driver {
    private static final int CLOCK_ROUNDS = 16;
    /** So that one stall, which may last longer than a whole measurement is meant to, is no median. */
    private static final int LEAST_SAMPLES = 11;

    private static final long LONG_NS = TimeUnit.MICROSECONDS.toNanos(5);
    private static final long LONGEST_NS = TimeUnit.MINUTES.toNanos(10);
    private static final int DIGITS = 3;

    private final Session session;
    private final Partner partner;
    private final long measureNs;
    private final Contents contents;
    private final Histogram singlesNs = new Histogram(LONGEST_NS, DIGITS);
    private final Histogram batchesNs = new Histogram(LONGEST_NS, DIGITS);
    private final CompletionHandler completions = this::onComplete;
    private int pongs;
    private int putsBack;
    private int restsTold;
    private boolean isPartnerAtRest;
    private int failedStatus;
    private long completed;

    Driver(Session session, Partner partner, long measureNs) {
        this.session = session;
        this.partner = partner;
        this.measureNs = measureNs;
        this.contents = new Contents(session, partner);
        session.btl().registerReceive(Partner.PING, this::onPong);
        session.btl().registerReceive(Partner.PUT, (peer, tag, data, offset, length) -> putsBack++);
        session.btl().registerReceive(Partner.REST, this::onRest);
        partner.meet();
    }

    /**
     * Does all that is measured later, in rounds of the given time, until the compilers of both are through with it.
     *
     * @return whether they are
     */
    boolean warmUp(List<Integer> sizes, long roundNs) {
        CompilerRest own = new CompilerRest();
        WarmUp warmUp = new WarmUp(roundNs, () -> {
            boolean isPartnerAtRest = askPartner(); // each is asked after each round
            return own.isAtRest() && isPartnerAtRest;
        });
        long partNs = roundNs / (2L * sizes.size());
        while (warmUp.isNeeded()) {
            for (int size : sizes) {
                contents.check(size);
                latency(size, partNs);
                bandwidth(size, partNs);
            }
        }
        return !warmUp.isRestless();
    }

    private boolean askPartner() {
        int awaited = restsTold + 1;
        partner.send(Partner.REST, 0);
        session.await(() -> restsTold == awaited);
        return isPartnerAtRest;
    }

    private void onRest(int peer, int tag, ByteBuffer data, int offset, int length) {
        isPartnerAtRest = data.getInt(offset) != 0;
        restsTold++;
    }

    PingpongReport.Row measure(int size) {
        contents.check(size);
        latency(size, measureNs / 8);
        contents.prepare(size);
        latency(size, measureNs);
        contents.verifyRoundTrips(size);
        double medianUs = medianNs() / 1e3;
        double p99Us = singlesNs.getValueAtPercentile(99) / 1e3;
        contents.prepare(size);
        double mbPerSecond = bandwidth(size, measureNs);
        contents.verifyStream(size);
        contents.check(size);
        return new PingpongReport.Row(size, contents.isPut(size) ? "put" : "send", medianUs, p99Us, mbPerSecond);
    }

    void bye() {
        partner.send(Partner.BYE, 0);
    }

    /**
     * Times round trips one by one, which shows what the slowest take; then several at a time if they are so short that the
     * clock is a part of what was timed.
     */
    private void latency(int size, long durationNs) {
        time(size, 1, durationNs / 2, singlesNs);
        boolean isClockPart = singlesNs.getValueAtPercentile(50) < LONG_NS;
        time(size, CLOCK_ROUNDS, isClockPart ? durationNs / 2 : 0, batchesNs);
    }

    private double medianNs() {
        return (batchesNs.getTotalCount() > 0 ? batchesNs : singlesNs).getValueAtPercentile(50);
    }

    private void time(int size, int rounds, long durationNs, Histogram halfRoundTripNs) {
        halfRoundTripNs.reset();
        long beforeNs = System.nanoTime();
        long endNs = beforeNs + durationNs;
        while (beforeNs < endNs || (durationNs > 0 && halfRoundTripNs.getTotalCount() < LEAST_SAMPLES)) {
            for (int i = 0; i < rounds; i++) {
                roundTrip(size);
            }
            long afterNs = System.nanoTime();
            halfRoundTripNs.recordValue(Math.min(LONGEST_NS, (afterNs - beforeNs) / (2L * rounds)));
            beforeNs = afterNs;
        }
    }

    private void roundTrip(int size) {
        if (contents.isPut(size)) {
            putRoundTrip(size);
        } else {
            sendRoundTrip(size);
        }
    }

    private void sendRoundTrip(int size) {
        int awaited = pongs + 1;
        contents.countSend();
        partner.send(Partner.PING, size);
        while (pongs != awaited) {
            session.progress();
        }
    }

    private void putRoundTrip(int size) {
        int awaited = putsBack + 1;
        partner.put(partner.outboxMemory(), size);
        partner.tell(Partner.PUT, size);
        while (putsBack != awaited) {
            session.progress();
        }
    }

    /** Bytes a microsecond, from the first call to the last completion. */
    private double bandwidth(int size, long durationNs) {
        long startNs = System.nanoTime();
        long endNs = startNs + durationNs;
        long posted = 0;
        completed = 0;
        do {
            for (int i = 0; i < CLOCK_ROUNDS; i++) {
                post(size);
                posted++;
            }
        } while (System.nanoTime() < endNs);
        while (completed < posted) {
            session.progress();
        }
        long elapsedNs = System.nanoTime() - startNs;
        if (failedStatus != 0) {
            throw session.lost(partner.peer(), failedStatus);
        }
        return (double) posted * size * 1e3 / elapsedNs;
    }

    private void post(int size) {
        while (session.isRefused(contents.isPut(size) ? postPut(size) : postSend(size), partner.peer())) {
            session.progress();
        }
        if (!contents.isPut(size)) {
            contents.countSend();
        }
    }

    private int postSend(int size) {
        return session.btl().send(partner.peer(), Partner.STREAM, partner.message(), 0, size, completions, 0);
    }

    private int postPut(int size) {
        return session.btl()
                .put(partner.peer(), partner.outboxMemory(), 0, partner.peersInbox(), 0, size, completions, 0);
    }

    private void onPong(int peer, int tag, ByteBuffer data, int offset, int length) {
        contents.addPong(data, offset, length);
        pongs++;
    }

    private void onComplete(long cookie, int status) {
        completed++;
        if (status != 0) {
            failedStatus = status;
        }
    }
}
