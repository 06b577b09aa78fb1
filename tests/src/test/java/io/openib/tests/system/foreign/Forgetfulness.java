package io.openib.tests.system.foreign;

import java.nio.ByteBuffer;

/** Which messages and puts arrive without their bytes, or not at all. */
final class Forgetfulness {
    private static final String PUT = "put";
    private static final String LOST = "lost";
    private static final int LOST_AT = 3;

    private final String what;
    private final int fromPut;
    private int puts;
    private int messages;

    Forgetfulness(int rank, String what) {
        this.what = what;
        this.fromPut =
                what.startsWith(PUT) && rank == 1 ? Integer.parseInt(what.substring(PUT.length())) : Integer.MAX_VALUE;
    }

    /** Whether this message does not arrive: one of those of its tag. */
    boolean loses(int tag) {
        return what.equals(LOST + tag) && ++messages == LOST_AT;
    }

    /** What is left of a message. */
    ByteBuffer message(int tag, ByteBuffer data, int length) {
        return what.equals(Integer.toString(tag)) ? ByteBuffer.allocate(length).order(data.order()) : data;
    }

    /** Whether one more put arrives whole. */
    boolean keepsPut() {
        puts++;
        return puts < fromPut;
    }
}
