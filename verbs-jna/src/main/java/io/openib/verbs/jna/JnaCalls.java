package io.openib.verbs.jna;

import io.openib.verbs.Availability;
import io.openib.verbs.jna.calls.HotCalls;
import io.openib.verbs.jna.calls.HotCallsComponent;
import io.openib.verbs.jna.calls.OpsPointers;
import java.util.Map;

/** JNA's direct mapping, which is there wherever this provider is. */
final class JnaCalls implements HotCallsComponent {
    @Override
    public String name() {
        return NativeCalls.JNA.label();
    }

    @Override
    public int spiVersion() {
        return SPI_VERSION;
    }

    @Override
    public Availability availability() {
        return Availability.usable();
    }

    @Override
    public HotCalls bind(OpsPointers pointers) {
        return NativeBinding.bind(
                HotCalls.class,
                HotCallsTemplate.class,
                Map.of(
                        "postSend", pointers.postSend(),
                        "postRecv", pointers.postRecv(),
                        "postSrqRecv", pointers.postSrqRecv(),
                        "pollCq", pointers.pollCq(),
                        "reqNotifyCq", pointers.reqNotifyCq()));
    }
}
