package io.openib.cli.conformance;

import io.openib.cli.programs.ProgramFailure;
import io.openib.wireup.WireupComponent;
import java.util.List;
import java.util.ServiceLoader;

/** A wireup that was found here, of which each process of a case has a component of its own. */
record Scheme(WireupComponent found) {
    static List<Scheme> all(List<WireupComponent> components) {
        return components.stream().map(Scheme::new).toList();
    }

    String name() {
        return found.name();
    }

    /** One more, from where this one came. */
    WireupComponent newComponent() {
        return ServiceLoader.load(WireupComponent.class, found.getClass().getClassLoader()).stream()
                .filter(provider -> provider.type() == found.getClass())
                .findFirst()
                .map(ServiceLoader.Provider::get)
                .orElseThrow(() -> new ProgramFailure("the wireup " + name() + " cannot be made again"));
    }
}
