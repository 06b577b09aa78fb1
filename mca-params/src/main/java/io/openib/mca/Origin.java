package io.openib.mca;

/**
 * Where a value came from.
 *
 * @param kind the sort of source
 * @param detail the place within it: {@code file:line}, the environment variable, the option; empty if there is no more
 *     to say
 */
public record Origin(Kind kind, String detail) {

    /** The sorts of source, strongest first. */
    public enum Kind {
        /** The administrator's override file: nothing beats it. */
        OVERRIDE_FILE("override file"),
        /** Set by the program through this library. */
        API("API"),
        /** The command line of this program or of its launcher. */
        COMMAND_LINE("command line"),
        /** An environment variable. */
        ENVIRONMENT("environment"),
        /** A parameter file. */
        FILE("file"),
        /** A HOCON file, resource or system property. */
        HOCON("HOCON"),
        /** Nobody set it. */
        DEFAULT("default");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        /** The words that {@code info} and error texts use. */
        public String text() {
            return text;
        }
    }

    /** Of a value that nobody set. */
    public static final Origin DEFAULT = new Origin(Kind.DEFAULT, "");

    /** Whether it is a file of parameters, the administrator's override file included: Open MPI reads the same ones. */
    public boolean isParameterFile() {
        return kind == Kind.OVERRIDE_FILE || kind == Kind.FILE;
    }

    /** For people: the kind, and the place if there is one. */
    @Override
    public String toString() {
        return detail.isEmpty() ? kind.text() : kind.text() + " " + detail;
    }
}
