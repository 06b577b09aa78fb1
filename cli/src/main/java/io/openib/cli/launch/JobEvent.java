package io.openib.cli.launch;

/** What the launcher's main thread waits for. */
interface JobEvent {
    /** A rank's process has ended. */
    record RankEnded(int rank, int status) implements JobEvent {}

    /** A rank has left the job in order; its process goes on. */
    record RankLeft(int rank) implements JobEvent {}

    /** A rank wants the job ended. */
    record Aborted(int rank, int status, String message) implements JobEvent {}

    /** A connection was refused, or one dropped. */
    record Refused(String reason) implements JobEvent {}

    /** The launcher was sent a signal. */
    record Signalled(String name, int number) implements JobEvent {}
}
