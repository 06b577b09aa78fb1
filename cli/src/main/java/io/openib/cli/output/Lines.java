package io.openib.cli.output;

/** Lines on the standard output stream, which all ranks of a job share: each is written at once. */
public final class Lines {
    private Lines() {}

    /** Writes one line. */
    public static synchronized void print(String line) {
        System.out.print(line + "\n");
        System.out.flush();
    }
}
