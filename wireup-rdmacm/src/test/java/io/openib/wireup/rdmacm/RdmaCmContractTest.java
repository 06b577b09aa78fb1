package io.openib.wireup.rdmacm;

import io.openib.wireup.WireupComponent;
import io.openib.wireup.testkit.VerbsFabric;
import io.openib.wireup.testkit.WireupContract;
import java.util.Map;

/** The contract over the software device and its connection manager. */
class RdmaCmContractTest extends WireupContract {
    RdmaCmContractTest() {
        super(VerbsFabric.named("soft"));
    }

    @Override
    protected WireupComponent newComponent() {
        return new RdmaCmComponent();
    }

    @Override
    protected Map<String, String> deadline(int timeoutMs) {
        return Map.of("btl_openib_connect_rdmacm_connect_timeout", Integer.toString(timeoutMs));
    }
}
