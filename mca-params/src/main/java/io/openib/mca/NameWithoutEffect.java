package io.openib.mca;

/**
 * A name that is right in Open MPI, is no parameter here and need not be one. Whoever sets it, wherever, starts all the
 * same, and is told that it has no effect; what it is set to is not looked at. Where a parameter is declared under the same
 * name, that counts.
 *
 * @param name in full, such as {@code btl_openib_verbose}; with {@code *} at its end it stands for all that go on otherwise
 * @param why the end of a sentence that begins with "has no effect here: "
 * @param isToldAloud whether whoever sets it is warned; not where what it asks for is how things are
 */
public record NameWithoutEffect(String name, String why, boolean isToldAloud) {
    private static final String ANY = "*";

    boolean matches(String given) {
        return name.endsWith(ANY)
                ? given.length() >= name.length() && given.startsWith(name.substring(0, name.length() - ANY.length()))
                : given.equals(name);
    }
}
