package io.openib.verbs.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.Device;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.WcStatus;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** What a case works with: a side here, a side at the peer, and a seeded source of chance. */
public final class VerbsFixture {
    private final DeviceUnderTest underTest;
    private final LocalSide near;
    private final Side far;
    private final @Nullable PeerProcess farProcess;
    private final Random random;

    VerbsFixture(DeviceUnderTest underTest, LocalSide near, Side far, @Nullable PeerProcess farProcess, long seed) {
        this.underTest = underTest;
        this.near = near;
        this.far = far;
        this.farProcess = farProcess;
        this.random = new Random(seed);
    }

    /** Where this device may differ. */
    public DeviceTraits traits() {
        return underTest.traits();
    }

    /** The device under test. */
    public DeviceUnderTest underTest() {
        return underTest;
    }

    /** The side in this process. */
    public LocalSide near() {
        return near;
    }

    /** The peer's side. */
    public Side far() {
        return far;
    }

    /** The process of the peer's side, which serves every case of the class: a case may stop it, and has to continue it. */
    PeerProcess farProcess() {
        return Objects.requireNonNull(farProcess, "the peer has no process of its own");
    }

    /** The open device of this side. */
    public Device device() {
        return near.device();
    }

    /** The protection domain of this side. */
    public ProtectionDomain pd() {
        return near.pd();
    }

    /** Chance, by the seed that was printed. */
    public Random random() {
        return random;
    }

    /** So many bytes of chance. */
    public byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    /** An end on a side, in RESET. */
    public End end(Side side, QpRequest request) {
        return End.open(side, request, random.nextInt(1 << 24));
    }

    /** Two ends in RESET. */
    public Pair pair(QpRequest request) {
        return new Pair(end(near, request), end(far, request));
    }

    /** Two connected ends. */
    public Pair rcPair() {
        return pair(QpRequest.rc()).connected();
    }

    /** The next completion of a send, which failed on its own side with this status. */
    public Wc awaitLocalSendError(End end, WcStatus status) {
        return localError(end.awaitSends(1).get(0), status);
    }

    /** The next completion of a receive, which failed on its own side with this status. */
    public Wc awaitLocalRecvError(End end, WcStatus status) {
        return localError(end.awaitRecvs(1).get(0), status);
    }

    private Wc localError(Wc wc, WcStatus status) {
        if (traits().tellsLocalErrorsApart()) {
            assertThat(wc.status()).as("status of %d", wc.wrId()).isEqualTo(status);
        } else {
            EnumSet<WcStatus> allowed = EnumSet.of(status, WcStatus.LOC_QP_OP_ERR, WcStatus.REM_ACCESS_ERR);
            if (!traits().tellsLocalErrors()) {
                allowed.add(WcStatus.WR_FLUSH_ERR);
            }
            assertThat(wc.status()).as("status of %d", wc.wrId()).isIn(allowed);
        }
        return wc;
    }
}
