package io.openib.cli;

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
    PINGPONG(Pingpong.class),
    RING(Ring.class),
    ALLTOALL(Alltoall.class),
    LIMITS(Limits.class);

    private final Class<?> mainClass;

    BundledProgram(Class<?> mainClass) {
        this.mainClass = mainClass;
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
