package io.openib.cli;

/**
 * Whether something can be used here.
 *
 * @param name of the device and port, or of the wireup
 * @param reason why not; what is known of it otherwise
 */
record Usability(String name, boolean isUsable, String reason) {
    /** For people: name, whether it is available, why. */
    String line() {
        return name + ": " + (isUsable ? "available" : "not available") + (reason.isEmpty() ? "" : ", " + reason);
    }
}
