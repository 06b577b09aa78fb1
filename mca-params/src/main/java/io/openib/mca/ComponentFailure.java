package io.openib.mca;

/**
 * A component that could not be loaded, or a place that could not be searched.
 *
 * @param where the jar, the directory, or {@code class path} for what is on the class or module path
 * @param reason why, and what to do where that is known; names the provider where there is one
 */
public record ComponentFailure(String where, String reason) {
    /** For people: the place and the reason. */
    @Override
    public String toString() {
        return where + ": " + reason;
    }
}
