package io.openib.cli.programs;

import java.nio.ByteBuffer;

/**
 * The driver's side of looking at contents, outside what is timed. Each check has a pattern of its own, so that nothing passes for having
 * arrived that was there before: of messages the ends of all are looked at, of puts, which fall upon each other, the last one whole.
 */
final class Contents {
    private final Session session;
    private final Partner partner;
    private final int maxSendBytes;
    private final Arrivals pongs = new Arrivals();
    private long pattern;
    private long ends;
    private long sent;
    private int checksBack;
    private int putsBack;
    private boolean hasAnswer;
    private long peersCount;
    private long peersEnds;

    Contents(Session session, Partner partner) {
        this.session = session;
        this.partner = partner;
        this.maxSendBytes = session.btl().maxSendBytes();
        session.btl().registerReceive(Partner.CHECK, this::onCheck);
        session.btl().registerReceive(Partner.CHECK_PUT, (peer, tag, data, offset, length) -> putsBack++);
        session.btl().registerReceive(Partner.ARRIVALS, this::onArrivals);
    }

    /** Whether so much goes by a put. */
    boolean isPut(int size) {
        return size > maxSendBytes;
    }

    /** Counts a timed message. */
    void countSend() {
        sent++;
    }

    /** Takes in the answer to a timed message. */
    void addPong(ByteBuffer data, int offset, int length) {
        pongs.add(data, offset, length);
    }

    /** Sends a pattern there and back, and compares all of it. */
    void check(int size) {
        if (isPut(size)) {
            fillAnew(partner.outbox(), size);
            partner.put(partner.outboxMemory(), size);
            comparePutBack(size);
        } else {
            checkSend(size);
        }
    }

    /** Before what is timed: puts a new pattern where it is sent from, for messages on both sides. */
    void prepare(int size) {
        if (isPut(size)) {
            fillAnew(partner.outbox(), size);
        } else {
            settle();
            checkSend(size);
            ends = Arrivals.ends(partner.message(), 0, size);
        }
    }

    /** After round trips that began with {@link #prepare}. */
    void verifyRoundTrips(int size) {
        if (isPut(size)) {
            compareInbox(size);
        } else {
            compare(0, size, pongs.count(), pongs.endsSum());
            verifySends(size);
        }
    }

    /** After a stream that began with {@link #prepare}. */
    void verifyStream(int size) {
        if (isPut(size)) {
            comparePutBack(size);
        } else {
            verifySends(size);
        }
    }

    private void verifySends(int size) {
        askPeer();
        compare(partner.peer(), size, peersCount, peersEnds);
        forget();
    }

    private void compare(int rank, int size, long count, long endsSum) {
        if (count != sent) {
            throw new ProgramFailure(
                    "rank " + rank + " got " + count + " of " + sent + " timed messages of " + size + " bytes");
        }
        if (endsSum != Arrivals.lookedAt(sent) * ends) {
            throw new ProgramFailure(
                    "timed messages of " + size + " bytes came to rank " + rank + " with other bytes than were sent");
        }
    }

    /** Leaves nothing of earlier messages to be counted. */
    private void settle() {
        askPeer();
        forget();
    }

    private void forget() {
        sent = 0;
        pongs.reset();
    }

    private void askPeer() {
        hasAnswer = false;
        partner.message().putLong(0, sent);
        partner.send(Partner.ARRIVALS, Long.BYTES);
        session.await(() -> hasAnswer);
    }

    private void onArrivals(int peer, int tag, ByteBuffer data, int offset, int length) {
        peersCount = data.getLong(offset);
        peersEnds = data.getLong(offset + Long.BYTES);
        hasAnswer = true;
    }

    private void fillAnew(ByteBuffer buffer, int size) {
        pattern++;
        Payload.fill(buffer, 0, size, pattern);
    }

    private void checkSend(int size) {
        fillAnew(partner.message(), size);
        int awaited = checksBack + 1;
        partner.send(Partner.CHECK, size);
        session.await(() -> checksBack == awaited);
    }

    private void onCheck(int peer, int tag, ByteBuffer data, int offset, int length) {
        int at = Payload.mismatch(data, offset, offset + length, pattern);
        if (at >= 0) {
            session.fail("a message of " + length + " bytes came back damaged, at byte " + at);
        }
        checksBack++;
    }

    /** Has the peer put back what it was put last. */
    private void comparePutBack(int size) {
        partner.inbox().put(0, new byte[size]);
        int awaited = putsBack + 1;
        partner.tell(Partner.CHECK_PUT, size);
        session.await(() -> putsBack == awaited);
        compareInbox(size);
    }

    private void compareInbox(int size) {
        int at = Payload.mismatch(partner.inbox(), 0, size, pattern);
        if (at >= 0) {
            throw new ProgramFailure("a put of " + size + " bytes came back damaged, at byte " + at);
        }
    }
}
