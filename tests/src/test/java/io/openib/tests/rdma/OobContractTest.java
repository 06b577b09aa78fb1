package io.openib.tests.rdma;

import io.openib.wireup.WireupComponent;
import io.openib.wireup.oob.OobComponent;
import io.openib.wireup.testkit.VerbsFabric;
import io.openib.wireup.testkit.WireupContract;
import java.util.Map;
import org.junit.jupiter.api.Tag;

/** The wireup contract of oob on a kernel RDMA device. */
@Tag("rdma")
class OobContractTest extends WireupContract {
    OobContractTest() {
        super(VerbsFabric.named("jna"));
    }

    @Override
    protected WireupComponent newComponent() {
        return new OobComponent();
    }

    @Override
    protected Map<String, String> deadline(int timeoutMs) {
        return Map.of("btl_openib_connect_oob_timeout", Integer.toString(timeoutMs));
    }
}
