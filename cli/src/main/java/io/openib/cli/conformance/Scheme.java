package io.openib.cli.conformance;

import io.openib.cli.programs.ProgramFailure;
import io.openib.wireup.WireupComponent;
import java.util.List;

/** A wireup that was found here, of which each process of a case has a component of its own. */
record Scheme(WireupComponent found) {
    static List<Scheme> all(List<WireupComponent> components) {
        return components.stream().map(Scheme::new).toList();
    }

    String name() {
        return found.name();
    }

    WireupComponent newComponent() {
        try {
            return found.getClass().getConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new ProgramFailure("the wireup " + name() + " cannot be made again: " + e);
        }
    }
}
