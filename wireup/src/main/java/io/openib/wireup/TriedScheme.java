package io.openib.wireup;

/**
 * One step of the way to a connection.
 *
 * @param scheme that was tried
 * @param outcome {@code connected}, or why not
 */
public record TriedScheme(String scheme, String outcome) {
    /** The outcome of the one that made the connection. */
    public static final String CONNECTED = "connected";

    /** For people: {@code rdmacm: connected}. */
    @Override
    public String toString() {
        return scheme + ": " + outcome;
    }
}
