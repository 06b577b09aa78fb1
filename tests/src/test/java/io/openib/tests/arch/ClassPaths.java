package io.openib.tests.arch;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Where the modules' classes are, and what Maven lets each of them see. */
final class ClassPaths {
    private ClassPaths() {}

    /** The top of the source tree. */
    static Path base() {
        String folder = System.getProperty("openib.basedir");
        if (folder == null) {
            throw new IllegalStateException("run through Maven, which sets openib.basedir");
        }
        return Path.of(folder);
    }

    /** The compiled main code of a module. */
    static Path mainClasses(Arrows.Module module) {
        return base().resolve(module.artifact()).resolve("target/classes");
    }

    /** Every library on the tests' class path that is not of the project. */
    static List<Path> libraries() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> entry.endsWith(".jar"))
                .map(Path::of)
                .filter(jar -> !jar.startsWith(base()))
                .toList();
    }

    /** The project's part of the class path that Maven compiles a module with: itself and all its arrows lead to. */
    static Set<Path> ofMaven(Arrows.Module module) {
        Set<String> reached = new LinkedHashSet<>();
        Deque<String> open = new ArrayDeque<>(List.of(module.artifact()));
        while (!open.isEmpty()) {
            String artifact = open.pop();
            if (reached.add(artifact)) {
                open.addAll(Poms.arrows(artifact));
            }
        }
        return reached.stream()
                .map(artifact -> mainClasses(Arrows.module(artifact)))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    static String join(Iterable<Path> paths) {
        StringBuilder joined = new StringBuilder();
        for (Path path : paths) {
            joined.append(joined.isEmpty() ? "" : File.pathSeparator).append(path);
        }
        return joined.toString();
    }
}
