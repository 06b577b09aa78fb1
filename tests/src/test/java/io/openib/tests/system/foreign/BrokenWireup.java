package io.openib.tests.system.foreign;

import io.openib.mca.McaParameters;
import io.openib.mca.Parameter;
import io.openib.wireup.IncomingConnections;
import io.openib.wireup.WireupComponent;
import io.openib.wireup.WireupModule;
import io.openib.wireup.WireupPort;
import java.util.List;

/** A wireup that lacks a jar with its parameters. */
public final class BrokenWireup implements WireupComponent {
    @Override
    public String name() {
        return "broken";
    }

    @Override
    public int spiVersion() {
        return SPI_VERSION;
    }

    @Override
    public List<Parameter<?>> parameters() {
        throw new NoClassDefFoundError("acme/Parameters");
    }

    @Override
    public WireupModule open(WireupPort port, McaParameters parameters, IncomingConnections incoming) {
        throw new IllegalStateException("nobody asks for it");
    }
}
