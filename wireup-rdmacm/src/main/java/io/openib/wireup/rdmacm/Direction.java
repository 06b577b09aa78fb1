package io.openib.wireup.rdmacm;

/** Which message the private data travels in; part of what the MAC covers, so that none passes for another. */
enum Direction {
    REQUEST(1),
    REPLY(2),
    REJECTION(3);

    private final byte code;

    Direction(int code) {
        this.code = (byte) code;
    }

    byte code() {
        return code;
    }
}
