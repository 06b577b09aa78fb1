package io.openib.verbs.testkit;

import io.openib.verbs.Device;
import io.openib.verbs.ProtectionDomain;
import java.util.Random;

/** What a case works with: a side here, a side at the peer, and a seeded source of chance. */
public final class VerbsFixture {
    private final DeviceUnderTest underTest;
    private final LocalSide near;
    private final Side far;
    private final Random random;

    VerbsFixture(DeviceUnderTest underTest, LocalSide near, Side far, long seed) {
        this.underTest = underTest;
        this.near = near;
        this.far = far;
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
}
