package io.openib.verbs;

import java.util.Objects;

/**
 * One thing that a provider looked at to tell whether its devices can be used here.
 *
 * @param check what was looked at, in few words
 * @param verdict what it means
 * @param evidence what was found: versions, paths, numbers
 * @param remedy what to do about it, one sentence without a full stop; empty where there is nothing to do
 */
public record Finding(String check, Verdict verdict, String evidence, String remedy) {
    /** What a finding means. */
    public enum Verdict {
        /** As it should be. */
        OK,
        /** It works, with less than there could be. */
        WARNING,
        /** What it concerns cannot be used. */
        FAILED,
        /** Not looked at, because something it needs is missing; the evidence says what. */
        SKIPPED
    }

    /** What is wrong needs a remedy. */
    public Finding {
        Objects.requireNonNull(verdict, "verdict");
        Objects.requireNonNull(evidence, "evidence");
        if (check.isBlank()) {
            throw new IllegalArgumentException("a finding names its check");
        }
        if ((verdict == Verdict.WARNING || verdict == Verdict.FAILED) && remedy.isBlank()) {
            throw new IllegalArgumentException(check + ": what is wrong needs a remedy");
        }
    }

    /** As it should be. */
    public static Finding ok(String check, String evidence) {
        return new Finding(check, Verdict.OK, evidence, "");
    }

    /** Works, with less than there could be. */
    public static Finding warning(String check, String evidence, String remedy) {
        return new Finding(check, Verdict.WARNING, evidence, remedy);
    }

    /** Cannot be used. */
    public static Finding failed(String check, String evidence, String remedy) {
        return new Finding(check, Verdict.FAILED, evidence, remedy);
    }

    /** Not looked at. */
    public static Finding skipped(String check, String evidence) {
        return new Finding(check, Verdict.SKIPPED, evidence, "");
    }
}
