package io.openib.mca;

/**
 * One thing that is wrong with what was set, found when parameters are resolved.
 *
 * @param kind what sort of mistake
 * @param name the name as the user wrote it; empty for a file that cannot be read
 * @param origin where it was written
 * @param text one sentence: what, where, what to do
 */
public record Problem(Kind kind, String name, Origin origin, String text) {

    /** The mistakes that can be made. */
    public enum Kind {
        /** No parameter has this name. */
        UNKNOWN_NAME,
        /** The text is not of the parameter's type, or its check refused it. */
        MALFORMED_VALUE,
        /** A number beyond its range. */
        OUT_OF_RANGE,
        /** A name that has been replaced. */
        DEPRECATED_NAME,
        /** One name, one source, two values. */
        SET_TWICE,
        /** Two names of one parameter, one source, two values. */
        SYNONYMS_DISAGREE,
        /** Two parameters of which only one may be set. */
        MUTUALLY_EXCLUSIVE,
        /** A file that cannot be read, or a line of it that means nothing. */
        BAD_FILE,
        /** Two components declare one name. */
        DECLARED_TWICE,
        /** A component is asked for by a name that none has. */
        UNKNOWN_COMPONENT
    }

    /** The sentence. */
    @Override
    public String toString() {
        return text;
    }
}
