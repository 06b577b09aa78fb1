package io.openib.wireup.oob;

import io.openib.mca.Level;
import io.openib.mca.Parameter;
import io.openib.wireup.PortRange;
import java.util.List;

/** The parameters of this scheme. */
final class OobParameters {
    static final Parameter<Integer> PRIORITY = Parameter.integer("btl_openib_connect_oob_priority")
            .range(0, 100)
            .defaultValue(50)
            .level(Level.TUNER_DETAIL)
            .help("How this wireup ranks among others: the higher is preferred.")
            .build();

    static final Parameter<String> PORT = Parameter.string("btl_openib_connect_oob_port")
            .defaultValue("0")
            .check(PortRange::problem)
            .level(Level.USER_DETAIL)
            .help(
                    "The TCP port to listen on, or a range such as 5000-5100 of which the first free one is taken; 0 for any.")
            .build();

    static final Parameter<Integer> TIMEOUT_MS = Parameter.integer("btl_openib_connect_oob_timeout")
            .range(100, 600_000)
            .unit("ms")
            .defaultValue(10_000)
            .level(Level.TUNER_BASIC)
            .help("The deadline of one attempt to connect.")
            .build();

    static final Parameter<Integer> RETRIES = Parameter.integer("btl_openib_connect_oob_retries")
            .range(0, 1_000)
            .defaultValue(19)
            .level(Level.TUNER_DETAIL)
            .help("How often an attempt repeats what is not answered, spread over its deadline.")
            .build();

    static final List<Parameter<?>> ALL = List.of(PRIORITY, PORT, TIMEOUT_MS, RETRIES);

    private OobParameters() {}
}
