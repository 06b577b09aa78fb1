package io.openib.btl;

import io.openib.mca.McaParameters;
import java.util.Map;

/**
 * What a transport is opened with.
 *
 * @param parameters resolved, with the component's own among them
 * @param environment the process's environment variables, in which a launcher leaves its traces
 */
public record BtlContext(McaParameters parameters, Map<String, String> environment) {
    public BtlContext {
        environment = Map.copyOf(environment);
    }
}
