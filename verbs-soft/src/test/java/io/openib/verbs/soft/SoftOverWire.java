package io.openib.verbs.soft;

import io.openib.verbs.Device;
import io.openib.verbs.GidEntry;
import io.openib.verbs.VerbsProvider;
import io.openib.verbs.testkit.DeviceUnderTest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The software device in two processes that cannot see each other's memory: all they have in common is the wire. */
public final class SoftOverWire implements DeviceUnderTest {
    private static final String PROPERTY = "openib.soft.test.wire.side";

    private final String side = System.getProperty(PROPERTY, "near");
    private final Map<String, String> more;

    /** Made by name, also in the peer process. */
    public SoftOverWire() {
        this(Map.of());
    }

    /** With more parameters in this process, which its peer does not have. */
    SoftOverWire(Map<String, String> more) {
        this.more = more;
    }

    @Override
    public Device open() {
        return SoftDevices.open(parameters());
    }

    Map<String, String> parameters() {
        Map<String, String> parameters = new HashMap<>(more);
        parameters.put(
                "soft_job", "job-wire-" + side + "-" + ProcessHandle.current().pid());
        parameters.put("soft_wire", "loopback");
        return parameters;
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
