package io.openib.verbs.soft;

import io.openib.verbs.testkit.DeviceContract;
import io.openib.verbs.testkit.DeviceUnderTest;
import io.openib.verbs.testkit.PeerPlacement;

/** The software device as an Ethernet port, both ends in one JVM. */
class SoftDeviceContractTest implements DeviceContract {
    @Override
    public DeviceUnderTest deviceUnderTest() {
        return new SoftEthernet();
    }

    @Override
    public PeerPlacement peerPlacement() {
        return PeerPlacement.SAME_PROCESS;
    }
}
