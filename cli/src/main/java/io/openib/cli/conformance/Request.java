package io.openib.cli.conformance;

/**
 * What rank 0 asks a rank's service for.
 *
 * @param scheme the wireup to run; empty for the device itself
 * @param place {@code device:port}
 */
record Request(String scheme, String place) {
    private static final String END = "";

    static Request of(String text) {
        int blank = text.indexOf(' ');
        return new Request(text.substring(0, Math.max(0, blank)), text.substring(blank + 1));
    }

    /** To end the service. */
    static String end() {
        return END;
    }

    String text() {
        return scheme + " " + place;
    }
}
