package io.openib.tests.arch;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The modules and the only arrows allowed between them, written down once. */
final class Arrows {
    /**
     * A module of the project.
     *
     * @param artifact its Maven artifact and folder
     * @param rootPackage the package it owns, with all below that no other module owns
     * @param arrows artifacts of the project it may name in main code
     */
    record Module(String artifact, String rootPackage, Set<String> arrows) {
        String javaModule() {
            return rootPackage;
        }
    }

    static final List<Module> MODULES = List.of(
            new Module("mca-params", "io.openib.mca", Set.of()),
            new Module("verbs", "io.openib.verbs", Set.of()),
            new Module("verbs-testkit", "io.openib.verbs.testkit", Set.of("verbs")),
            new Module("verbs-soft", "io.openib.verbs.soft", Set.of("verbs", "mca-params")),
            new Module("verbs-jna", "io.openib.verbs.jna", Set.of("verbs", "mca-params")),
            new Module("wireup", "io.openib.wireup", Set.of("verbs", "mca-params")),
            new Module("wireup-testkit", "io.openib.wireup.testkit", Set.of("wireup", "verbs", "mca-params")),
            new Module("wireup-oob", "io.openib.wireup.oob", Set.of("wireup", "verbs", "mca-params")),
            new Module("wireup-rdmacm", "io.openib.wireup.rdmacm", Set.of("wireup", "verbs", "mca-params")),
            new Module("runtime", "io.openib.runtime", Set.of("mca-params")),
            new Module("btl", "io.openib.btl", Set.of("mca-params")),
            new Module("btl-openib", "io.openib.btl.openib", Set.of("btl", "wireup", "verbs", "runtime", "mca-params")),
            new Module(
                    "cli",
                    "io.openib.cli",
                    Set.of(
                            "btl",
                            "btl-openib",
                            "wireup",
                            "wireup-oob",
                            "wireup-rdmacm",
                            "verbs",
                            "verbs-testkit",
                            "wireup-testkit",
                            "verbs-soft",
                            "verbs-jna",
                            "runtime",
                            "mca-params")));

    /**
     * Built by JDK 22 and later alone, and unreadable to earlier ones; no other module names it. Looked at where it has
     * been built.
     */
    static final Module FOREIGN_CALLS = new Module("verbs-ffm", "io.openib.verbs.ffm", Set.of("verbs-jna", "verbs"));

    /** Third-party packages and the only root packages that may name them. */
    static final Map<String, Set<String>> CONFINED = Map.of(
            "io.netty", Set.of("io.openib.wireup.oob"),
            "com.typesafe.config", Set.of("io.openib.mca"),
            "com.sun.jna", Set.of("io.openib.verbs.jna", "io.openib.runtime"),
            "org.jctools", Set.of("io.openib.btl.openib"),
            "picocli", Set.of("io.openib.cli"),
            "com.fasterxml.jackson", Set.of("io.openib.cli"),
            "me.tongfei.progressbar", Set.of("io.openib.cli"),
            "org.HdrHistogram", Set.of("io.openib.cli"));

    /** Ranks of the packages within btl-openib: an import goes only to a lower rank. */
    static final Map<String, Integer> OPENIB_RANKS = Map.of(
            "io.openib.btl.openib", 3,
            "io.openib.btl.openib.endpoint", 2,
            "io.openib.btl.openib.fastpath", 2,
            "io.openib.btl.openib.memory", 1,
            "io.openib.btl.openib.wire", 0);

    /** What the programs of the command may name of the project: what any message-passing library programs against, and the console. */
    static final Set<String> FOR_PROGRAMS = Set.of("io.openib.btl", "io.openib.cli.output");

    private static final String PROGRAMS = "io.openib.cli.programs";

    private Arrows() {}

    /** The module whose root package is the longest prefix of this package. */
    static Optional<Module> moduleOf(String packageName) {
        return Stream.concat(MODULES.stream(), Stream.of(FOREIGN_CALLS))
                .filter(module -> isWithin(packageName, module.rootPackage()))
                .max(Comparator.comparing(module -> module.rootPackage().length()));
    }

    static Module module(String artifact) {
        return MODULES.stream()
                .filter(module -> module.artifact().equals(artifact))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(artifact));
    }

    static boolean isWithin(String packageName, String rootPackage) {
        return packageName.equals(rootPackage) || packageName.startsWith(rootPackage + ".");
    }

    static boolean isArrowAllowed(String fromPackage, String toPackage) {
        Optional<Module> from = moduleOf(fromPackage);
        Optional<Module> to = moduleOf(toPackage);
        if (from.isEmpty() || to.isEmpty() || from.equals(to)) {
            return true;
        }
        return from.get().arrows().contains(to.get().artifact());
    }

    static boolean isThirdPartyAllowed(String fromPackage, String toPackage) {
        return CONFINED.entrySet().stream()
                .filter(confined -> isWithin(toPackage, confined.getKey()))
                .allMatch(confined -> confined.getValue().stream().anyMatch(root -> moduleOf(fromPackage)
                        .map(module -> module.rootPackage().equals(root))
                        .orElse(false)));
    }

    static boolean isRankAllowed(String fromPackage, String toPackage) {
        Integer from = OPENIB_RANKS.get(fromPackage);
        Integer to = OPENIB_RANKS.get(toPackage);
        return from == null || to == null || fromPackage.equals(toPackage) || to < from;
    }

    static boolean isForPrograms(String fromPackage, String toPackage) {
        return !isWithin(fromPackage, PROGRAMS)
                || !isWithin(toPackage, "io.openib")
                || isWithin(toPackage, PROGRAMS)
                || FOR_PROGRAMS.contains(toPackage);
    }
}
