package io.openib.verbs.ffm;

import io.openib.verbs.Availability;
import io.openib.verbs.jna.calls.HotCalls;
import io.openib.verbs.jna.calls.HotCallsComponent;
import io.openib.verbs.jna.calls.OpsPointers;

/** Calls by {@code java.lang.foreign}, where this Java lets it. */
public final class FfmCallsComponent implements HotCallsComponent {
    /** Makes no handle yet. */
    public FfmCallsComponent() {}

    @Override
    public String name() {
        return "ffm";
    }

    @Override
    public int spiVersion() {
        return SPI_VERSION;
    }

    @Override
    public Availability availability() {
        try {
            Handles.verify();
            return Availability.usable();
        } catch (IllegalCallerException e) {
            return Availability.unusable(
                    "this Java denies native access; start it with --enable-native-access=ALL-UNNAMED, or"
                            + " io.openib.verbs.ffm for a module");
        } catch (UnsupportedOperationException | LinkageError e) {
            return Availability.unusable("this Java has no linker for native code here (" + e + ")");
        }
    }

    @Override
    public HotCalls bind(OpsPointers pointers) {
        return new FfmCalls(pointers);
    }
}
