package io.openib.cli;

import io.openib.cli.conformance.Conformance;
import io.openib.cli.limits.Limits;
import io.openib.cli.programs.Alltoall;
import io.openib.cli.programs.Pingpong;
import io.openib.cli.programs.Ring;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The programs that {@code run} knows by name. */
enum BundledProgram {
    PINGPONG(Pingpong.class, true),
    RING(Ring.class, false),
    ALLTOALL(Alltoall.class, false),
    LIMITS(Limits.class, true),
    CONFORMANCE(Conformance.class, false);

    private final Class<?> mainClass;
    private final boolean isForTwo;

    BundledProgram(Class<?> mainClass, boolean isForTwo) {
        this.mainClass = mainClass;
        this.isForTwo = isForTwo;
    }

    /** Whether it makes sense with so many ranks. */
    boolean isFor(int size) {
        return !isForTwo || size == 2;
    }

    String mainClass() {
        return mainClass.getName();
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
