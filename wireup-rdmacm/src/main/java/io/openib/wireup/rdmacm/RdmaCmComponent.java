package io.openib.wireup.rdmacm;

import io.openib.mca.McaParameters;
import io.openib.mca.Parameter;
import io.openib.wireup.IncomingConnections;
import io.openib.wireup.WireupComponent;
import io.openib.wireup.WireupModule;
import io.openib.wireup.WireupPort;
import io.openib.wireup.WireupRefusedException;
import java.util.List;

/** Wireup over the RDMA connection manager of the port's own provider. */
public final class RdmaCmComponent implements WireupComponent {
    /** The value of {@code btl_openib_cpc}. */
    static final String NAME = "rdmacm";

    private final AttemptNumbers numbers = new AttemptNumbers();

    /** Opens nothing. */
    public RdmaCmComponent() {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int spiVersion() {
        return SPI_VERSION;
    }

    @Override
    public boolean isRehearsable() {
        return true;
    }

    @Override
    public List<Parameter<?>> parameters() {
        return RdmaCmParameters.ALL;
    }

    @Override
    public WireupModule open(WireupPort port, McaParameters parameters, IncomingConnections incoming)
            throws WireupRefusedException {
        return RdmaCmModule.open(port, parameters, incoming, numbers);
    }
}
