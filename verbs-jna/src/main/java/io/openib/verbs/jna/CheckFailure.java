package io.openib.verbs.jna;

/** A load-time check did not find what it expected. */
final class CheckFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CheckFailure(String check, String expected, Object got) {
        super(check + ": expected " + expected + ", got " + got);
    }

    static void require(boolean isMet, String check, String expected, Object got) {
        if (!isMet) {
            throw new CheckFailure(check, expected, got);
        }
    }
}
