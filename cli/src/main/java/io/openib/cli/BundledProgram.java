package io.openib.cli;

import io.openib.cli.conformance.Conformance;
import io.openib.cli.limits.Limits;
import io.openib.cli.output.Program;
import io.openib.cli.programs.Alltoall;
import io.openib.cli.programs.Pingpong;
import io.openib.cli.programs.Ring;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The programs that {@code run} knows by name. */
enum BundledProgram {
    PINGPONG(Pingpong.class, true, false),
    RING(Ring.class, false, true),
    ALLTOALL(Alltoall.class, false, true),
    LIMITS(Limits.class, true, false),
    CONFORMANCE(Conformance.class, false, true);

    private final Class<? extends Program> type;
    private final boolean isForTwo;
    private final boolean isCheck;

    BundledProgram(Class<? extends Program> type, boolean isForTwo, boolean isCheck) {
        this.type = type;
        this.isForTwo = isForTwo;
        this.isCheck = isCheck;
    }

    /** One that has not been told its options yet. */
    Program newProgram() {
        return switch (this) {
            case PINGPONG -> new Pingpong();
            case RING -> new Ring();
            case ALLTOALL -> new Alltoall();
            case LIMITS -> new Limits();
            case CONFORMANCE -> new Conformance();
        };
    }

    /** Whether it does much once, and so is over before the quick code is there that the second compiler makes. */
    boolean isCheck() {
        return isCheck;
    }

    /** Whether it makes sense with so many ranks. */
    boolean isFor(int size) {
        return !isForTwo || size == 2;
    }

    String mainClass() {
        return type.getName();
    }

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<BundledProgram> named(String name) {
        return Arrays.stream(values())
                .filter(program -> program.label().equals(name))
                .findFirst();
    }

    static String labels() {
        return Arrays.stream(values()).map(BundledProgram::label).collect(Collectors.joining(", "));
    }
}
