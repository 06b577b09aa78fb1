package io.openib.mca;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** What a search for components has found so far, good and bad. */
final class Findings<S> {
    private final Function<S, String> objection;
    private final List<S> components = new ArrayList<>();
    private final List<ComponentFailure> failures = new ArrayList<>();

    /**
     * @param objection what speaks against a component, empty if nothing does; what it throws speaks against it too
     */
    Findings(Function<S, String> objection) {
        this.objection = objection;
    }

    /** One that was made, if nothing speaks against it. */
    void add(String where, S component) {
        String why;
        try {
            why = objection.apply(component);
        } catch (RuntimeException | LinkageError e) {
            why = "cannot be used: " + ComponentFailure.why(e);
        }
        if (why.isEmpty()) {
            components.add(component);
        } else {
            fail(where, component.getClass().getName() + " " + why);
        }
    }

    void fail(String where, String reason) {
        failures.add(new ComponentFailure(where, reason));
    }

    List<S> components() {
        return components;
    }

    List<ComponentFailure> failures() {
        return failures;
    }
}
