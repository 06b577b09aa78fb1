package io.openib.verbs.jna;

import io.openib.verbs.testkit.DeviceContract;
import io.openib.verbs.testkit.DeviceUnderTest;
import io.openib.verbs.testkit.PeerPlacement;
import io.openib.verbs.testkit.PeerProcessContract;

/** The device contract on a kernel RDMA device, the peer in a process of its own. */
@RdmaDevice.Needed
final class RdmaDeviceBetweenProcessesTest implements DeviceContract, PeerProcessContract {
    @Override
    public DeviceUnderTest deviceUnderTest() {
        return new RdmaDevice();
    }

    @Override
    public PeerPlacement peerPlacement() {
        return PeerPlacement.OTHER_PROCESS;
    }
}
