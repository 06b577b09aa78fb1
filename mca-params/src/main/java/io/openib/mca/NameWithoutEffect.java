package io.openib.mca;

import java.util.Optional;

/**
 * A name that is right in Open MPI, is no parameter here and need not be one. Whoever sets it, wherever, starts all the
 * same, and is told that it has no effect; what it is set to is not looked at, but for a yes or no that holds anyway. Where a parameter is
 * declared under the same name, that counts.
 *
 * @param name in full, such as {@code btl_openib_verbose}; with {@code *} at its end it stands for all that go on otherwise
 * @param why the end of a sentence that begins with "has no effect here: "
 * @param anyway what of it is so anyway: whoever asks for that is not warned
 */
public record NameWithoutEffect(String name, String why, Optional<Boolean> anyway) {
    private static final String ANY = "*";

    /**
     * Refuses a name that would stand for every one: with it no misspelt name would ever be noticed.
     *
     * @throws IllegalArgumentException if nothing stands before the {@code *}, or it stands elsewhere than at the end
     */
    public NameWithoutEffect {
        int star = name.indexOf(ANY);
        if (name.isEmpty() || star == 0 || (star > 0 && star < name.length() - ANY.length())) {
            throw new IllegalArgumentException(
                    '"' + name + "\" is no name without effect: write a name, or how names begin and one * after it");
        }
    }

    /** A name nothing of which is so anyway. */
    public static NameWithoutEffect of(String name, String why) {
        return new NameWithoutEffect(name, why, Optional.empty());
    }

    /** The same where a yes or a no is how things are. */
    public NameWithoutEffect whichIs(boolean so) {
        return new NameWithoutEffect(name, why, Optional.of(so));
    }

    boolean matches(String given) {
        return name.endsWith(ANY)
                ? given.length() >= name.length() && given.startsWith(name.substring(0, name.length() - ANY.length()))
                : given.equals(name);
    }

    boolean isToldAloud(String value) {
        return anyway.isEmpty() || !anyway.equals(asBoolean(value));
    }

    private static Optional<Boolean> asBoolean(String value) {
        try {
            return Optional.of(ValueTypes.BOOL.parser().parse(value));
        } catch (BadValueException e) {
            return Optional.empty();
        }
    }
}
