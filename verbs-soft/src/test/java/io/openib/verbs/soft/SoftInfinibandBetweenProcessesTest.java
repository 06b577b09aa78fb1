package io.openib.verbs.soft;

import io.openib.verbs.testkit.DeviceContract;
import io.openib.verbs.testkit.DeviceUnderTest;
import io.openib.verbs.testkit.PeerPlacement;
import io.openib.verbs.testkit.PeerProcessContract;

/** The software device as an InfiniBand port, the peer in another process. */
class SoftInfinibandBetweenProcessesTest implements DeviceContract, PeerProcessContract {
    @Override
    public DeviceUnderTest deviceUnderTest() {
        return new SoftInfiniband();
    }

    @Override
    public PeerPlacement peerPlacement() {
        return PeerPlacement.OTHER_PROCESS;
    }
}
