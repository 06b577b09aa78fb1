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
    static final String[] NONE = {};

    private static final String SIDE = "openib.soft.test.wire.side";
    private static final String MORE = "openib.soft.test.wire.more";

    private final String side = System.getProperty(SIDE, "near");
    private final String[] here;
    private final String[] there;

    /** Made by name, also in the peer process. */
    public SoftOverWire() {
        this(System.getProperty(MORE, "").split(" "), NONE);
    }

    /** With more parameters in this process, and others in its peer: names and values by turns. */
    SoftOverWire(String[] here, String[] there) {
        this.here = here;
        this.there = there;
    }

    @Override
    public Device open() {
        return SoftDevices.open(parameters());
    }

    private Map<String, String> parameters() {
        Map<String, String> parameters = new HashMap<>();
        for (int i = 0; i + 1 < here.length; i += 2) {
            parameters.put(here[i], here[i + 1]);
        }
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
        return rowOfTheWire(device, port()).orElseThrow();
    }

    /** The first row of a port whose address the wire listens on, if there is a wire. */
    static Optional<Integer> rowOfTheWire(Device device, int port) {
        return device.queryGidTable(port).stream()
                .filter(entry -> entry.gid().interfaceId() >>> 48 != 0)
                .findFirst()
                .map(GidEntry::index);
    }

    @Override
    public List<String> peerJvmOptions() {
        return List.of("-D" + SIDE + "=far", "-D" + MORE + "=" + String.join(" ", there));
    }
}
