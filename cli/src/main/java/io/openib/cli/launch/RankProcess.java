package io.openib.cli.launch;

/** A rank's process. */
record RankProcess(int rank, Process process) {
    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** For people: {@code rank 1 (pid 4711)}. */
    @Override
    public String toString() {
        return "rank " + rank + " (pid " + pid() + ")";
    }
}
