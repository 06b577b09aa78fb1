package io.openib.verbs.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.QpState;
import io.openib.verbs.WcStatus;
import java.util.List;

/** A queue pair on a side, its completion queues and a region: one end of a connection. */
public final class End {
    /** How long a case waits for what must come. */
    public static final long WAIT_MS = 20_000;

    /** Bytes of an end's region. */
    public static final int REGION_BYTES = 1 << 16;

    private final Side side;
    private final QpRef qp;
    private final Region region;
    private final int psn;

    private End(Side side, QpRef qp, Region region, int psn) {
        this.side = side;
        this.qp = qp;
        this.region = region;
        this.psn = psn;
    }

    /** Makes a queue pair, in RESET, and a region with every access. */
    public static End open(Side side, QpRequest request, int psn) {
        return new End(side, side.createQp(request), side.allocate(REGION_BYTES, Wiring.ALL_ACCESS), psn);
    }

    /** Where it is. */
    public Side side() {
        return side;
    }

    /** Its queue pair. */
    public QpRef qp() {
        return qp;
    }

    /** The queue pair's number. */
    public int number() {
        return qp.number();
    }

    /** Its memory, with every access. */
    public Region region() {
        return region;
    }

    /** The first packet sequence number that it sends. */
    public int psn() {
        return psn;
    }

    /** The wiring of this end towards its peer. */
    public Wiring towards(End peer) {
        return Wiring.to(peer.side.address(), peer.number(), peer.psn, psn);
    }

    /** From RESET to RTS. */
    public End connect(Wiring wiring) {
        init(wiring);
        rtr(wiring);
        rts(wiring);
        return this;
    }

    End init(Wiring wiring) {
        side.toInit(qp.handle(), wiring);
        return this;
    }

    End rtr(Wiring wiring) {
        side.toRtr(qp.handle(), wiring);
        return this;
    }

    End rts(Wiring wiring) {
        side.toRts(qp.handle(), wiring);
        return this;
    }

    /** The state now. */
    public QpState state() {
        return side.state(qp.handle());
    }

    /** To ERR or RESET. */
    public void to(QpState state) {
        side.toState(qp.handle(), state);
    }

    /** Posts; the case ends when that is refused. */
    public void post(Send send) {
        assertThat(side.post(qp.handle(), send)).as("ibv_post_send").isZero();
    }

    /** Posts; the case ends when that is refused. */
    public void post(Recv recv) {
        assertThat(side.postRecv(qp.handle(), recv)).as("ibv_post_recv").isZero();
    }

    /** A receive into a part of the region, with the offset as id. */
    public void postRecv(int offset, int length) {
        post(Recv.into(offset, region.part(offset, length)));
    }

    /** The next completions of sends. */
    public List<Wc> awaitSends(int count) {
        return await(qp.sendCq(), count);
    }

    /** The next completions of receives. */
    public List<Wc> awaitRecvs(int count) {
        return await(qp.recvCq(), count);
    }

    private List<Wc> await(int cq, int count) {
        List<Wc> completions = side.await(cq, count, WAIT_MS);
        assertThat(completions).as("completions within %d ms", WAIT_MS).hasSize(count);
        return completions;
    }

    /** The next completion of a send, which has this status. */
    public Wc awaitSend(WcStatus status) {
        Wc wc = awaitSends(1).get(0);
        assertThat(wc.status())
                .as("status of send %d, vendor error 0x%x", wc.wrId(), wc.vendorError())
                .isEqualTo(status);
        return wc;
    }

    /** The next completion of a receive, which has this status. */
    public Wc awaitRecv(WcStatus status) {
        Wc wc = awaitRecvs(1).get(0);
        assertThat(wc.status()).as("status of receive %d", wc.wrId()).isEqualTo(status);
        return wc;
    }

    /** Waits until the queue pair is in a state. */
    public void awaitState(QpState state) {
        Deadline.await(WAIT_MS, () -> state() == state);
        assertThat(state()).isEqualTo(state);
    }

    /** Asserts that nothing more has completed. */
    public void assertNothingCompleted() {
        assertThat(side.poll(qp.sendCq(), 1)).isEmpty();
        assertThat(side.poll(qp.recvCq(), 1)).isEmpty();
    }

    /** Bytes of the region. */
    public byte[] read(int offset, int length) {
        return side.read(region.handle(), offset, length);
    }

    /** Changes bytes of the region. */
    public void write(int offset, byte[] bytes) {
        side.write(region.handle(), offset, bytes);
    }
}
