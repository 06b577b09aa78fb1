package io.openib.cli.output;

/** Lines on the standard output stream, which all ranks of a job share: each is written at once. */
public final class Lines {
    private Lines() {}

    /**
     * Writes one line.
     *
     * @throws OutputException if it cannot be written: a result that nobody gets is none
     */
    public static synchronized void print(String line) {
        System.out.print(line + "\n");
        check();
    }

    /**
     * Writes out what others have put into the stream.
     *
     * @throws OutputException if something could not be written
     */
    static synchronized void check() {
        if (System.out.checkError()) {
            throw new OutputException(
                    "the standard output cannot be written: its file system is full, or its reader has gone");
        }
    }
}
