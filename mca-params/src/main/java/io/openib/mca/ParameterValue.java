package io.openib.mca;

/**
 * A parameter with the value that it has in this process.
 *
 * @param parameter the declaration
 * @param value its value
 * @param origin who set it
 */
public record ParameterValue<T>(Parameter<T> parameter, T value, Origin origin) {

    /** The value as text, which the parameter reads back; a secret's too, so keep it from people's eyes. */
    public String text() {
        return parameter.format(value);
    }

    /** The value for people: a secret is hidden. */
    public String shownText() {
        return parameter.isSecret() ? "(hidden)" : text();
    }

    /** For people: {@code name = value (origin)}. */
    @Override
    public String toString() {
        return parameter.name() + " = " + shownText() + " (" + origin + ")";
    }
}
