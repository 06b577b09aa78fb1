package io.openib.cli.programs;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/** Rank 1 of a ping-pong: answers whatever comes, until the end. */
final class Echo {
    private static final long NOT_ASKED = -1;
    /** How long after the last one another timed message may come, before it is told that it did not. */
    private static final long STILL_NS = TimeUnit.SECONDS.toNanos(5);

    private final Session session;
    private final Partner partner;
    private int pings;
    private int pingLength;
    private int checkLength = -1;
    private int putLength;
    private int putTag;
    private boolean isRestAsked;
    private final Arrivals timed = new Arrivals();
    private long awaited = NOT_ASKED;
    private long countBefore;
    private long stillSinceNs;
    private boolean isOver;

    Echo(Session session, Partner partner) {
        this.session = session;
        this.partner = partner;
        session.btl().registerReceive(Partner.PING, this::onPing);
        session.btl().registerReceive(Partner.CHECK, this::onCheck);
        session.btl().registerReceive(Partner.PUT, this::onPut);
        session.btl().registerReceive(Partner.CHECK_PUT, this::onPut);
        session.btl()
                .registerReceive(Partner.STREAM, (peer, tag, data, offset, length) -> timed.add(data, offset, length));
        session.btl()
                .registerReceive(Partner.ARRIVALS, (peer, tag, data, offset, length) -> await(data.getLong(offset)));
        session.btl().registerReceive(Partner.REST, (peer, tag, data, offset, length) -> isRestAsked = true);
        session.btl().registerReceive(Partner.BYE, (peer, tag, data, offset, length) -> isOver = true);
    }

    void run() {
        partner.meet();
        CompilerRest rest = new CompilerRest();
        while (!isOver) {
            session.progress();
            while (pings > 0) {
                pings--;
                partner.send(Partner.PING, pingLength);
            }
            if (checkLength >= 0) {
                int length = checkLength;
                checkLength = -1;
                partner.send(Partner.CHECK, length);
            }
            if (isRestAsked) {
                isRestAsked = false;
                partner.tell(Partner.REST, rest.isAtRest() ? 1 : 0);
            }
            if (putLength > 0) {
                putBack();
            }
            if (awaited != NOT_ASKED && (timed.count() >= awaited || isStill())) {
                tellArrivals();
            }
        }
    }

    /** Answers from within the handler, as active messages are meant to be; later if there is no room just now. */
    private void onPing(int peer, int tag, ByteBuffer data, int offset, int length) {
        timed.add(data, offset, length);
        if (!partner.trySend(Partner.PING, length)) {
            pings++;
            pingLength = length;
        }
    }

    private void onCheck(int peer, int tag, ByteBuffer data, int offset, int length) {
        partner.message().put(0, data, offset, length);
        checkLength = length;
    }

    private void await(long count) {
        awaited = count;
        stillSinceNs = System.nanoTime();
    }

    private boolean isStill() {
        long nowNs = System.nanoTime();
        if (timed.count() != countBefore) {
            countBefore = timed.count();
            stillSinceNs = nowNs;
        }
        return nowNs - stillSinceNs > STILL_NS;
    }

    private void tellArrivals() {
        awaited = NOT_ASKED;
        partner.message().putLong(0, timed.count()).putLong(Long.BYTES, timed.endsSum());
        timed.reset();
        partner.send(Partner.ARRIVALS, 2 * Long.BYTES);
    }

    private void onPut(int peer, int tag, ByteBuffer data, int offset, int length) {
        putLength = data.getInt(offset);
        putTag = tag;
    }

    private void putBack() {
        int length = putLength;
        putLength = 0;
        partner.put(partner.inboxMemory(), length);
        partner.tell(putTag, length);
    }
}
