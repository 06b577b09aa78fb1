package io.openib.runtime;

/**
 * What the handshake with a PMI-1 server brought.
 *
 * @param kvsName the job's key space, which is also the job's name
 * @param maxKeyLength of a key on the wire, in characters
 * @param maxValueLength of a value on the wire, in characters
 */
record Pmi1Identity(int rank, int size, String kvsName, int maxKeyLength, int maxValueLength, Locality locality) {

    /** Some servers read a whole request into 1024 bytes, whatever they announce. */
    private static final int SAFE_LINE_LENGTH = 1_023;

    /** How many characters of a value to send in one request. */
    int chunkLength() {
        int around =
                "cmd=put kvsname= key= value=\n".length() + kvsName.length() + Math.min(maxKeyLength, Keys.MAX_ON_WIRE);
        return Math.min(maxValueLength, SAFE_LINE_LENGTH - around);
    }
}
