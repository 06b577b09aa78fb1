package io.openib.verbs.soft;

import io.openib.verbs.Device;
import io.openib.verbs.testkit.DeviceUnderTest;
import java.util.List;
import java.util.Map;

/** The software device in a process that kills itself at a fault point. The peer process makes its own from a property. */
public final class DyingProducer implements DeviceUnderTest {
    private static final String PROPERTY = "openib.soft.test.fault_point";

    private final String faultPoint;

    /** In the peer process. */
    public DyingProducer() {
        this(System.getProperty(PROPERTY, ""));
    }

    /** For the parameter {@code soft_fault_point}. */
    DyingProducer(String faultPoint) {
        this.faultPoint = faultPoint;
    }

    @Override
    public Device open() {
        return SoftDevices.open(Map.of("soft_fault_point", faultPoint, "soft_wire", "off"));
    }

    @Override
    public List<String> peerJvmOptions() {
        return List.of("-D" + PROPERTY + "=" + faultPoint, "-XX:-UsePerfData");
    }
}
