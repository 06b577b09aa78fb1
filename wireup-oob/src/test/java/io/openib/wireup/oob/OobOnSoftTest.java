package io.openib.wireup.oob;

import io.openib.wireup.WireupComponent;
import io.openib.wireup.testkit.VerbsFabric;
import io.openib.wireup.testkit.Wiretap;
import io.openib.wireup.testkit.WireupContract;
import java.util.Map;
import java.util.Optional;

/** The contract on the software device: what is connected carries bytes. */
class OobOnSoftTest extends WireupContract {
    OobOnSoftTest() {
        super(VerbsFabric.named("soft"));
    }

    @Override
    protected WireupComponent newComponent() {
        return new OobComponent();
    }

    @Override
    protected Map<String, String> deadline(int timeoutMs) {
        return Map.of("btl_openib_connect_oob_timeout", Integer.toString(timeoutMs));
    }

    @Override
    protected Optional<Wiretap> wiretap() {
        return Optional.of(new TcpTap());
    }
}
