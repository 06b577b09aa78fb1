package io.openib.wireup.rdmacm;

import io.openib.mca.Level;
import io.openib.mca.Parameter;
import io.openib.wireup.PortRange;
import io.openib.wireup.WireupParameters;
import java.util.List;

/** The parameters of this scheme; names and defaults are Open MPI's where it has one. */
final class RdmaCmParameters {
    static final Parameter<Integer> PRIORITY = Parameter.integer("btl_openib_connect_rdmacm_priority")
            .range(0, 100)
            .defaultValue(30)
            .level(Level.DEV_ALL)
            .help("Which scheme is preferred where both sides have several: the higher.")
            .build();

    static final Parameter<String> PORT = Parameter.string("btl_openib_connect_rdmacm_port")
            .check(PortRange::problem)
            .defaultValue("0")
            .level(Level.DEV_ALL)
            .help("TCP port space of the connection manager to listen in: a port, a range such as 7000-7100, or 0 for a"
                    + " free one.")
            .build();

    static final Parameter<Integer> RESOLVE_TIMEOUT = Parameter.integer("btl_openib_connect_rdmacm_resolve_timeout")
            .range(1, 3_600_000)
            .unit("ms")
            .defaultValue(30_000)
            .level(Level.DEV_ALL)
            .help("How long the address of a peer, and then the route to it, may take to resolve.")
            .build();

    static final Parameter<Integer> RETRY_COUNT = Parameter.integer("btl_openib_connect_rdmacm_retry_count")
            .range(0, 1_000)
            .defaultValue(20)
            .level(Level.DEV_ALL)
            .help("How often a route, and a failed try to connect, is tried again before the attempt fails.")
            .build();

    static final Parameter<Integer> CONNECT_TIMEOUT = Parameter.integer("btl_openib_connect_rdmacm_connect_timeout")
            .range(1, 3_600_000)
            .unit("ms")
            .defaultValue(30_000)
            .level(Level.TUNER_BASIC)
            .help("The deadline of an attempt to connect, all its tries included.")
            .build();

    /** Ours, and the one of all schemes that this one reads. */
    static final List<Parameter<?>> ALL =
            List.of(PRIORITY, PORT, RESOLVE_TIMEOUT, RETRY_COUNT, CONNECT_TIMEOUT, WireupParameters.MAX_ATTEMPTS);

    private RdmaCmParameters() {}
}
