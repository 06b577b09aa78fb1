package io.openib.mca;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/** What a search for components has found so far, good and bad. */
final class Findings<S> {
    private final BiFunction<String, S, String> objection;
    private final List<S> components = new ArrayList<>();
    private final List<ComponentFailure> failures = new ArrayList<>();

    /**
     * @param objection given a place and the component there, what speaks against it, empty if nothing does; what it throws speaks against
     *     it too
     */
    Findings(BiFunction<String, S, String> objection) {
        this.objection = objection;
    }

    /** One that was made, if nothing speaks against it. */
    void add(String where, S component) {
        String why;
        try {
            why = objection.apply(where, component);
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
