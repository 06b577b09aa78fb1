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
    PINGPONG(true),
    RING(false),
    ALLTOALL(false),
    LIMITS(true),
    CONFORMANCE(false);

    private final boolean isForTwo;

    BundledProgram(boolean isForTwo) {
        this.isForTwo = isForTwo;
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

    /** Whether it makes sense with so many ranks. */
    boolean isFor(int size) {
        return !isForTwo || size == 2;
    }

    String mainClass() {
        return newProgram().getClass().getName();
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
