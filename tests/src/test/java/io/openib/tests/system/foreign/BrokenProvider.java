package io.openib.tests.system.foreign;

import io.openib.verbs.Availability;
import io.openib.verbs.Device;
import io.openib.verbs.VerbsProvider;
import java.util.List;

/** A provider that never answers what it is asked for. */
public final class BrokenProvider implements VerbsProvider {
    @Override
    public String name() {
        return "broken";
    }

    @Override
    public int spiVersion() {
        return SPI_VERSION;
    }

    @Override
    public int exclusivity() {
        return HARDWARE;
    }

    @Override
    public Availability availability() {
        throw new NoClassDefFoundError("acme/Fabric");
    }

    @Override
    public List<String> deviceNames() {
        throw new IllegalStateException("no fabric");
    }

    @Override
    public Device open(String deviceName) {
        throw new IllegalStateException("no fabric");
    }
}
