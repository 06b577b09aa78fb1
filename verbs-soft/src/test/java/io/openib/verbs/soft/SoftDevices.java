package io.openib.verbs.soft;

import io.openib.mca.McaParameters;
import io.openib.verbs.Device;
import java.util.Map;

/** Opens the software device with parameters. All contexts of a process share the first one's. */
final class SoftDevices {
    private SoftDevices() {}

    static Device open(Map<String, String> parameters) {
        return provider(parameters).open(SoftProvider.DEVICE_NAME);
    }

    static SoftProvider provider(Map<String, String> parameters) {
        SoftProvider provider = new SoftProvider();
        provider.configure(McaParameters.of(parameters, provider.parameters()));
        return provider;
    }
}
