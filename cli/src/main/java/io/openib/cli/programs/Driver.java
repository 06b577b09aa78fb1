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
    private final int maxSendBytes;
    private final Histogram singlesNs = new Histogram(LONGEST_NS, DIGITS);
    private final Histogram batchesNs = new Histogram(LONGEST_NS, DIGITS);
    private final CompletionHandler completions = this::onComplete;
    private int pongs;
    private int putsBack;
    private int checksBack;
    private int restsTold;
    private boolean isPartnerAtRest;
    private int failedStatus;
    private long completed;

    Driver(Session session, Partner partner, long measureNs) {
        this.session = session;
        this.partner = partner;
        this.measureNs = measureNs;
        this.maxSendBytes = session.btl().maxSendBytes();
        session.btl().registerReceive(Partner.PING, (peer, tag, data, offset, length) -> pongs++);
        session.btl().registerReceive(Partner.PUT, (peer, tag, data, offset, length) -> putsBack++);
        session.btl().registerReceive(Partner.CHECK_PUT, (peer, tag, data, offset, length) -> putsBack++);
        session.btl().registerReceive(Partner.CHECK, this::onCheck);
        session.btl().registerReceive(Partner.REST, this::onRest);
        partner.meet();
    }

    /** Does all that is measured later, in rounds of the given time, until the compilers of both are through with it. */
    void warmUp(List<Integer> sizes, long roundNs) {
        CompilerRest own = new CompilerRest();
        WarmUp warmUp = new WarmUp(roundNs > 0, () -> {
            boolean isPartnerAtRest = askPartner(); // each is asked after each round
            return own.isAtRest() && isPartnerAtRest;
        });
        long partNs = roundNs / (2L * sizes.size());
        while (warmUp.isNeeded()) {
            for (int size : sizes) {
                check(size);
                latency(size, partNs);
                bandwidth(size, partNs);
            }
        }
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
        boolean isPut = isPut(size);
        check(size);
        latency(size, measureNs / 8);
        latency(size, measureNs);
        double medianUs = medianNs() / 1e3;
        double p99Us = singlesNs.getValueAtPercentile(99) / 1e3;
        double mbPerSecond = bandwidth(size, measureNs);
        check(size);
        return new PingpongReport.Row(size, isPut ? "put" : "send", medianUs, p99Us, mbPerSecond);
    }

    void bye() {
        partner.send(Partner.BYE, 0);
    }

    private boolean isPut(int size) {
        return size > maxSendBytes;
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
        if (isPut(size)) {
            putRoundTrip(size);
        } else {
            sendRoundTrip(size);
        }
    }

    private void sendRoundTrip(int size) {
        int awaited = pongs + 1;
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
        while (session.isRefused(isPut(size) ? postPut(size) : postSend(size), partner.peer())) {
            session.progress();
        }
    }

    private int postSend(int size) {
        return session.btl().send(partner.peer(), Partner.STREAM, partner.message(), 0, size, completions, 0);
    }

    private int postPut(int size) {
        return session.btl()
                .put(partner.peer(), partner.outboxMemory(), 0, partner.peersInbox(), 0, size, completions, 0);
    }

    private void onComplete(long cookie, int status) {
        completed++;
        if (status != 0) {
            failedStatus = status;
        }
    }

    /** Sends a pattern there and back, and compares. */
    private void check(int size) {
        if (isPut(size)) {
            checkPut(size);
        } else {
            checkSend(size);
        }
    }

    private void checkSend(int size) {
        Payload.fill(partner.message(), 0, size, size);
        int awaited = checksBack + 1;
        partner.send(Partner.CHECK, size);
        session.await(() -> checksBack == awaited);
    }

    private void onCheck(int peer, int tag, ByteBuffer data, int offset, int length) {
        int at = Payload.mismatch(data, offset, offset + length, length);
        if (at >= 0) {
            session.fail("a message of " + length + " bytes came back damaged, at byte " + at);
        }
        checksBack++;
    }

    private void checkPut(int size) {
        Payload.fill(partner.outbox(), 0, size, size);
        partner.put(partner.outboxMemory(), size);
        partner.inbox().put(0, new byte[size]);
        int awaited = putsBack + 1;
        partner.tell(Partner.CHECK_PUT, size);
        session.await(() -> putsBack == awaited);
        int at = Payload.mismatch(partner.inbox(), 0, size, size);
        if (at >= 0) {
            throw new ProgramFailure("a put of " + size + " bytes came back damaged, at byte " + at);
        }
    }
}
