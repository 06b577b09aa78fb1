package io.openib.verbs.soft;

import io.openib.verbs.Device;
import io.openib.verbs.GidEntry;
import io.openib.verbs.VerbsProvider;
import io.openib.verbs.testkit.DeviceUnderTest;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The software device in two processes that cannot see each other's memory: all they have in common is the wire. */
public final class SoftOverWire implements DeviceUnderTest {
    private static final String PROPERTY = "openib.soft.test.wire.side";

    private final String side = System.getProperty(PROPERTY, "near");

    /** Made by name, also in the peer process. */
    public SoftOverWire() {}

    @Override
    public Device open() {
        return SoftDevices.open(parameters());
    }

    private Map<String, String> parameters() {
        long process = ProcessHandle.current().pid();
        return Map.of("soft_job", "job-wire-" + side + "-" + process, "soft_wire", "loopback");
    }

    @Override
    public Optional<VerbsProvider> provider() {
        return Optional.of(SoftDevices.provider(parameters()));
    }

    /** The row whose address the wire listens on. */
    @Override
    public int gidIndex(Device device) {
        return device.queryGidTable(port()).stream()
                .filter(entry -> entry.gid().interfaceId() >>> 48 != 0)
                .findFirst()
                .map(GidEntry::index)
                .orElseThrow();
    }

    @Override
    public List<String> peerJvmOptions() {
        return List.of("-D" + PROPERTY + "=far");
    }
}
