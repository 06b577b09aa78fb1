package io.openib.verbs.jna;

import io.openib.verbs.testkit.DeviceContract;
import io.openib.verbs.testkit.DeviceUnderTest;
import io.openib.verbs.testkit.PeerPlacement;

/** The device contract on a kernel RDMA device, the peer in this JVM. */
@RdmaDevice.Needed
final class RdmaDeviceContractTest implements DeviceContract {
    @Override
    public DeviceUnderTest deviceUnderTest() {
        return new RdmaDevice();
    }

    @Override
    public PeerPlacement peerPlacement() {
        return PeerPlacement.SAME_PROCESS;
    }
}
