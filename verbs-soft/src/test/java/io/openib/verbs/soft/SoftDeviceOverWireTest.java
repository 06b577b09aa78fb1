package io.openib.verbs.soft;

import io.openib.verbs.testkit.DeviceContract;
import io.openib.verbs.testkit.DeviceUnderTest;
import io.openib.verbs.testkit.PeerPlacement;

/** The whole device contract over TCP. */
class SoftDeviceOverWireTest implements DeviceContract {
    @Override
    public DeviceUnderTest deviceUnderTest() {
        return new SoftOverWire();
    }

    @Override
    public PeerPlacement peerPlacement() {
        return PeerPlacement.OTHER_PROCESS;
    }
}
