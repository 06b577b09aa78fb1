package io.openib.verbs.jna;

import io.openib.mca.ComponentFailure;
import io.openib.mca.ComponentLoader;
import io.openib.mca.LoadedComponents;
import io.openib.verbs.Availability;
import io.openib.verbs.jna.calls.HotCallsComponent;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which component calls post and poll, by {@code verbs_native_calls} and by what is there. */
final class CallsChoice {
    private static final int FIRST_FOREIGN_RELEASE = 22;

    private final NativeCalls wanted;
    private final List<Path> directories;

    /**
     * @param directories searched for component jars, besides the class or module path
     */
    CallsChoice(NativeCalls wanted, List<Path> directories) {
        this.wanted = wanted;
        this.directories = directories;
    }

    /**
     * Loads what is needed to know.
     *
     * @throws UnsupportedStackException when what was asked for by name cannot be used here
     */
    HotCallsComponent make() {
        if (wanted == NativeCalls.JNA) {
            return new JnaCalls();
        }
        Search search = new Search(directories);
        HotCallsComponent found = search.found;
        if (found != null) {
            return found;
        }
        if (wanted == NativeCalls.FFM) {
            throw new UnsupportedStackException("verbs_native_calls is ffm, but " + search.reason
                    + "; start Java 22 or later with the jar of verbs-ffm (./openib does), or set it to auto");
        }
        return new JnaCalls();
    }

    /** One look for the component {@code ffm}, with the reason when there is none that can be used. */
    private static final class Search {
        private @Nullable HotCallsComponent found;
        private String reason = "there is no such component on the path of this Java "
                + Runtime.version().feature();

        /** The loaded components stay open: their classes are used until the process ends. */
        @SuppressWarnings("resource")
        Search(List<Path> directories) {
            LoadedComponents<HotCallsComponent> loaded = ComponentLoader.create(
                            directories, Set.of(HotCallsComponent.class.getPackageName(), "io.openib.verbs"))
                    .load(HotCallsComponent.class);
            for (ComponentFailure failure : loaded.failures()) {
                reason = oldJava() + "it cannot be loaded (" + failure.reason() + ")";
            }
            for (HotCallsComponent component : loaded.components()) {
                look(component);
            }
        }

        private void look(HotCallsComponent component) {
            if (!component.name().equals(NativeCalls.FFM.label())) {
                return;
            }
            if (component.spiVersion() != HotCallsComponent.SPI_VERSION) {
                reason = "it was compiled for version " + component.spiVersion() + " of the SPI, this is "
                        + HotCallsComponent.SPI_VERSION;
                return;
            }
            Availability availability = component.availability();
            if (availability.isUsable()) {
                found = component;
            } else {
                reason = availability.reason();
            }
        }

        private static String oldJava() {
            int feature = Runtime.version().feature();
            return feature < FIRST_FOREIGN_RELEASE ? "this is Java " + feature + ": " : "";
        }
    }
}
