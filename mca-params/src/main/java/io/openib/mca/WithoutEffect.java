package io.openib.mca;

/**
 * Something that somebody set, rightly for Open MPI, and that changes nothing here.
 *
 * @param name as it was written
 * @param shownText what it was set to, for people: a secret is hidden
 * @param origin who set it
 * @param why the end of a sentence that begins with "has no effect here: "
 */
public record WithoutEffect(String name, String shownText, Origin origin, String why) {
    /** For people: {@code parameter "name" (origin) has no effect here: why}. */
    @Override
    public String toString() {
        return "parameter \"" + name + "\" (" + origin + ") has no effect here: " + why;
    }
}
