package io.openib.tests.rdma;

import io.openib.wireup.WireupComponent;
import io.openib.wireup.rdmacm.RdmaCmComponent;
import io.openib.wireup.testkit.VerbsFabric;
import io.openib.wireup.testkit.WireupContract;
import java.util.Map;
import org.junit.jupiter.api.Tag;

/** The wireup contract of rdmacm on a kernel RDMA device and the kernel's connection manager. */
@Tag("rdma")
class RdmaCmContractTest extends WireupContract {
    RdmaCmContractTest() {
        super(VerbsFabric.named("jna"));
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
