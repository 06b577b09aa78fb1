package io.openib.verbs;

import java.util.Objects;

/**
 * Whether something can be used here and, where it cannot, why.
 *
 * @param isUsable whether it can be used
 * @param isAbsent whether that is as it should be: what it is for is not here, and nobody asked for it
 * @param reason one sentence that names what is missing and what to do; when usable, what makes it so (may be empty)
 */
public record Availability(boolean isUsable, boolean isAbsent, String reason) {
    public Availability {
        Objects.requireNonNull(reason, "reason");
        if (!isUsable && reason.isBlank()) {
            throw new IllegalArgumentException("an unusable thing needs a reason");
        }
    }

    /** Usable, with nothing to say about it. */
    public static Availability usable() {
        return new Availability(true, false, "");
    }

    /** Usable, and why. */
    public static Availability usable(String reason) {
        return new Availability(true, false, reason);
    }

    /** Not usable, and why. */
    public static Availability unusable(String reason) {
        return new Availability(false, false, reason);
    }

    /** Not usable, and nothing is wrong: what it is for is not here. */
    public static Availability absent(String reason) {
        return new Availability(false, true, reason);
    }
}
