package io.openib.mca;

/** A text that is no value of its parameter; carries the half of the sentence that says why. */
final class BadValueException extends Exception {
    private static final long serialVersionUID = 1;

    private final Problem.Kind kind;

    private BadValueException(Problem.Kind kind, String why) {
        super(why, null, false, false);
        this.kind = kind;
    }

    static BadValueException malformed(String why) {
        return new BadValueException(Problem.Kind.MALFORMED_VALUE, why);
    }

    static BadValueException outOfRange(String why) {
        return new BadValueException(Problem.Kind.OUT_OF_RANGE, why);
    }

    Problem.Kind kind() {
        return kind;
    }

    String why() {
        return String.valueOf(getMessage());
    }
}
