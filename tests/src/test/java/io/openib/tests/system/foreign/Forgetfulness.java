package io.openib.tests.system.foreign;

import java.nio.ByteBuffer;

/** Which messages and puts arrive without their bytes. */
final class Forgetfulness {
    private static final String PUT = "put";

    private final String what;
    private final int fromPut;
    private int puts;

    Forgetfulness(int rank, String what) {
        this.what = what;
        this.fromPut =
                what.startsWith(PUT) && rank == 1 ? Integer.parseInt(what.substring(PUT.length())) : Integer.MAX_VALUE;
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
