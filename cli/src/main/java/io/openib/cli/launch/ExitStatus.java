package io.openib.cli.launch;

import io.openib.runtime.RankStage;
import java.util.Map;

/** What the exit status of a process means. */
final class ExitStatus {
    private static final int SIGNALLED = 128;
    private static final int LAST_SIGNAL = 64;
    private static final Map<Integer, String> NAMES = Map.ofEntries(
            Map.entry(1, "SIGHUP"),
            Map.entry(2, "SIGINT"),
            Map.entry(3, "SIGQUIT"),
            Map.entry(4, "SIGILL"),
            Map.entry(6, "SIGABRT"),
            Map.entry(7, "SIGBUS"),
            Map.entry(8, "SIGFPE"),
            Map.entry(9, "SIGKILL"),
            Map.entry(11, "SIGSEGV"),
            Map.entry(13, "SIGPIPE"),
            Map.entry(15, "SIGTERM"));

    private ExitStatus() {}

    /** The status of a process that this signal ended. */
    static int ofSignal(int signal) {
        return SIGNALLED + signal;
    }

    /** How a process with this status ended, to follow its name in a sentence. */
    static String sentence(int status) {
        int signal = status - SIGNALLED;
        if (signal >= 1 && signal <= LAST_SIGNAL) {
            String name = NAMES.get(signal);
            return "was ended by signal " + signal + (name == null ? "" : " (" + name + ")");
        }
        return "ended with status " + status;
    }

    /** The same of a rank that has not left the job, as its peers are told. */
    static String sentence(int status, RankStage stage) {
        String sentence = sentence(status);
        if (status != 0) {
            return sentence;
        }
        return stage == RankStage.AWAITED
                ? sentence + " before it joined the job"
                : sentence + " without closing its transport: what it sent last may be lost";
    }
}
