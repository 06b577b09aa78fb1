package io.openib.verbs.soft;

import io.openib.verbs.Device;
import io.openib.verbs.testkit.DeviceUnderTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** The software device between two processes that share no memory, with faults in one of them and a seed that is printed. */
public final class FaultyOverWire implements DeviceUnderTest {
    private static final String PROPERTY = "openib.soft.test.wire.faults";

    private final SoftOverWire wire = new SoftOverWire();
    private final Map<String, String> here = new TreeMap<>();
    private final String there;

    /** In the peer process. */
    public FaultyOverWire() {
        this("", System.getProperty(PROPERTY, "").split("=", -1));
    }

    private FaultyOverWire(String there, String... here) {
        this.there = there;
        for (int i = 0; i + 1 < here.length; i += 2) {
            this.here.put(here[i], here[i + 1]);
        }
    }

    /** Faults in this process. */
    static FaultyOverWire here(String... namesAndValues) {
        return new FaultyOverWire("", seeded(namesAndValues));
    }

    /** Faults in the peer process. */
    static FaultyOverWire there(String... namesAndValues) {
        return new FaultyOverWire(String.join("=", seeded(namesAndValues)));
    }

    private static String[] seeded(String... namesAndValues) {
        long seed = new SplittableRandom().nextLong();
        System.out.println("soft_fault_seed " + seed + " over the wire with " + String.join(" ", namesAndValues));
        List<String> all = new ArrayList<>(List.of("soft_fault_seed", Long.toString(seed)));
        all.addAll(List.of(namesAndValues));
        return all.toArray(new String[0]);
    }

    @Override
    public Device open() {
        Map<String, String> all = new TreeMap<>(here);
        all.putAll(wire.parameters());
        return SoftDevices.open(all);
    }

    @Override
    public int gidIndex(Device device) {
        return wire.gidIndex(device);
    }

    @Override
    public List<String> peerJvmOptions() {
        List<String> options = new ArrayList<>(wire.peerJvmOptions());
        options.add("-D" + PROPERTY + "=" + there);
        return options;
    }
}
